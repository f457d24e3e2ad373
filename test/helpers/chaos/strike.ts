import { appendFile, readFile, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveCli } from '../cli.js';
import type { TestFleet } from '../fleet.js';
import { reach } from '../interrupt.js';
import { isAlive, processesUnder } from '../processes.js';
import { until } from '../until.js';
import type { Kind, When } from './cases.js';
import { freeDisk } from './ground.js';

/** Resolves with the run's id when its moment has come, or when it has ended before that; undefined when it ended before it began. */
export async function theMoment(live: LiveCli, when: When): Promise<string | undefined> {
  const begun = live.event((event) => event.type === 'run.started');
  const { runId } = ((await begun.catch(() => undefined)) as { runId?: string }) ?? {};
  if (runId === undefined) return undefined;
  // A run that skips the step, or fails before it, is struck when it is over.
  if ('ms' in when) await Promise.race([delay(when.ms), live.ended]);
  else await reach(live, when).catch(() => undefined);
  return runId;
}

/** What undoes the breaking-in once the run has ended; most need `fanops doctor --fix` as well. */
export type Repair = () => Promise<void>;

/** Breaks in. */
export async function strike(fleet: TestFleet, live: LiveCli, kind: Kind, random: () => number): Promise<Repair> {
  const host = kind.endsWith('-app') ? 'app-1' : 'router-1';
  const nothing = async (): Promise<void> => undefined;
  switch (kind) {
    case 'sigint':
    case 'sigterm':
    case 'sigkill':
      live.child.kill(kind.toUpperCase() as NodeJS.Signals);
      return nothing;
    case 'link-app':
    case 'link-router':
      await endServer(fleet, host);
      return nothing;
    case 'blink-app':
    case 'blink-router':
      await endServer(fleet, host);
      await fleet.ok('host', 'provision', host, '--yes');
      return nothing;
    case 'disk-app':
    case 'disk-router':
      await fillDisk(fleet, host);
      return () => freeDisk(fleet, host);
    case 'pm2-app':
    case 'pm2-router':
      await killPm2(fleet, host);
      return nothing;
    case 'router':
      await killRouter(fleet, random);
      return nothing;
  }
}

async function kill(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await until(`process ${pid} to end`, () => !isAlive(pid));
}

export async function endServer(fleet: TestFleet, host: string): Promise<void> {
  const { pid } = JSON.parse(await readFile(join(fleet.home(host), '../server.json'), 'utf8')) as { pid: number };
  await kill(pid);
}

/** Until the system itself says that nothing more fits. */
export async function fillDisk(fleet: TestFleet, host: string): Promise<void> {
  const home = fleet.home(host);
  for (;;) {
    const { bavail, bsize } = await statfs(home);
    const size = Math.max(1, bavail * bsize);
    try {
      await appendFile(join(home, 'ballast'), Buffer.alloc(Math.min(size, 64 << 20)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

/** The daemon, by the number that it has written down, and only when it is the one of this host. */
export async function killPm2(fleet: TestFleet, host: string): Promise<void> {
  const text = await readFile(join(fleet.home(host), '.pm2/pm2.pid'), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (pid > 1 && processesUnder(fleet.home(host)).some((line) => line.startsWith(`${pid} PM2`))) await kill(pid);
}

/** The holder of the sockets, its engine, or a process of nginx or HAProxy. */
async function killRouter(fleet: TestFleet, random: () => number): Promise<void> {
  const dir = join(fleet.home('router-1'), 'fanops/router');
  const { pid, enginePid } = JSON.parse(await readFile(join(dir, 'holder.json'), 'utf8')) as {
    pid: number;
    enginePid: number;
  };
  const targets = [pid, enginePid, ...(await foreignIn(dir))].filter((each) => isAlive(each));
  const target = targets[Math.floor(random() * targets.length)];
  if (target !== undefined) await kill(target);
}

async function foreignIn(dir: string): Promise<number[]> {
  const below = await Promise.all(['nginx', 'haproxy'].map((name) => readdir(join(dir, name)).catch(() => [])));
  return below.flat().length === 0
    ? []
    : processesUnder(dir)
        .filter((line) => /nginx:|haproxy -db/.test(line))
        .map((line) => Number(line.split(' ')[0]));
}
