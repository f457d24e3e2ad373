import { appendFile, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LostEntries } from '../access-log.js';
import { isAlive } from '../alive.js';
import { engineDir, type ForeignName } from '../layout.js';
import { logName } from '../log-files.js';
import { lookUntil } from '../look-until.js';

const defaultGraceMs = 250_000;
/** How each is told to take no more connections and to end with its last request. */
const endSignals: Record<ForeignName, NodeJS.Signals> = { nginx: 'SIGQUIT', haproxy: 'SIGUSR1' };

/** The folder of the engine that this process runs. */
export const runDirOf = (dir: string, name: ForeignName, pid: number): string =>
  join(engineDir(dir, name), String(pid));

/**
 * Ends what processes of engines a killed runner has left on a directory, letting their requests finish, and removes
 * the runner's folder.
 */
export async function endLeftovers(dir: string, immediately = false, graceMs = defaultGraceMs): Promise<void> {
  await Promise.all(
    (Object.keys(endSignals) as ForeignName[]).map(async (name) => {
      await mkdir(engineDir(dir, name), { recursive: true });
      // The log of HAProxy is written by its runner.
      const missed = name === 'haproxy' ? (): Promise<void> => sayMissed(dir) : undefined;
      const owners = (await readdir(engineDir(dir, name))).filter(
        (owner) => /^\d+$/.test(owner) && !isAlive(Number(owner)),
      );
      await Promise.all(
        owners.map((owner) =>
          endOne(runDirOf(dir, name, Number(owner)), endSignals[name], immediately ? undefined : graceMs, missed),
        ),
      );
    }),
  );
}

/**
 * @param graceMs how long they are waited for; undefined: not at all
 * @param missed called while what is left may answer requests that nobody logs
 */
async function endOne(
  folder: string,
  signal: NodeJS.Signals,
  graceMs: number | undefined,
  missed?: () => Promise<void>,
): Promise<void> {
  const told = await processesIn(folder);
  for (const pid of told) end(pid, signal);
  if (told.length > 0) await missed?.();
  if (graceMs === undefined) return;
  let left = told;
  const look = async (): Promise<true | undefined> => {
    left = await processesIn(folder);
    return left.length === 0 ? true : undefined;
  };
  const late = (): undefined => {
    for (const pid of left) end(pid, 'SIGKILL');
  };
  await lookUntil(look, { withinMs: graceMs, pauseMs: 100, late });
  if (told.length > 0) await missed?.();
  await rm(folder, { recursive: true, force: true });
}

async function sayMissed(dir: string): Promise<void> {
  const mark: LostEntries = { time: new Date().toISOString(), lost: 1 };
  await appendFile(join(dir, logName), `\n${JSON.stringify(mark)}\n`);
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Processes whose working directory a folder is; only where the system tells (Linux). */
async function processesIn(folder: string): Promise<number[]> {
  const numbers = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const cwds = await Promise.all(numbers.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return numbers.filter((pid, index) => cwds[index] === folder && pid !== process.pid);
}
