import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Operator } from './store.js';

const exec = promisify(execFile);

/** Start time of a process as the system tells it, or undefined when no such process lives. */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch (error) {
    if (process.platform === 'linux' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  try {
    const { stdout } = await exec('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    // ps exits with 1 when there is no such process.
    return undefined;
  }
}

/** An identifier of this machine and account that two machines with one hostname do not share. */
async function machineId(): Promise<string> {
  const file = join(homedir(), '.fanops', 'machine-id');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    // Not there yet: the first run on this machine makes it.
    const id = randomBytes(6).toString('hex');
    await mkdir(join(homedir(), '.fanops'), { recursive: true });
    await writeFile(file, `${id}\n`, { flag: 'wx' }).catch(() => undefined);
    return (await readFile(file, 'utf8')).trim();
  }
}

/** Who runs this process. `FANOPS_OPERATOR` overrides the login name, e.g. in CI. */
export async function currentOperator(env: NodeJS.ProcessEnv = process.env): Promise<Operator> {
  return {
    name: env.FANOPS_OPERATOR ?? userInfo().username,
    machine: `${hostname()}/${await machineId()}`,
    pid: process.pid,
    startedAt: (await processStart(process.pid)) ?? '',
  };
}

/** True when the operator's process ran on this machine and is gone. False also when it cannot be told. */
export async function isDeadHere(holder: Operator, here: Operator): Promise<boolean> {
  if (holder.machine !== here.machine) return false;
  const start = await processStart(holder.pid);
  return start === undefined || start !== holder.startedAt;
}
