import { mkdir, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../alive.js';
import { nginxDir } from '../layout.js';
import { killGroup } from './process.js';

const graceMs = 240_000;

/** The folder of the nginx that this process runs. */
export const runDirOf = (dir: string, pid: number): string => join(nginxDir(dir), String(pid));

/** Ends what nginx processes a killed runner has left on a directory, letting their requests finish, and removes the runner's folder. */
export async function endLeftovers(dir: string, immediately = false): Promise<void> {
  await mkdir(nginxDir(dir), { recursive: true });
  const owners = (await readdir(nginxDir(dir))).filter((name) => /^\d+$/.test(name) && !isAlive(Number(name)));
  await Promise.all(owners.map((owner) => endOne(runDirOf(dir, Number(owner)), immediately)));
}

async function endOne(folder: string, immediately: boolean): Promise<void> {
  const group = Number(await readFile(join(folder, 'nginx.group'), 'utf8').catch(() => '0'));
  const isOurs = async (): Promise<boolean> => (await workersIn(folder)).length > 0;
  if (group > 1 && (await isOurs())) killGroup(group, 'SIGQUIT');
  const deadline = Date.now() + graceMs;
  while (!immediately && (await isOurs())) {
    if (Date.now() > deadline) killGroup(group, 'SIGKILL');
    await delay(100);
  }
  if (!immediately) await rm(folder, { recursive: true, force: true });
}

/** Processes whose working directory a folder is; only where the system tells (Linux). */
async function workersIn(folder: string): Promise<number[]> {
  const numbers = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const cwds = await Promise.all(numbers.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return numbers.filter((pid, index) => cwds[index] === folder && pid !== process.pid);
}
