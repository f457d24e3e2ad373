import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLoad } from '../../../scripts/lib/load.mjs';
import type { Engine } from '../engines.js';
import { startFleet, type TestFleet } from '../fleet.js';
import { routeOf } from '../world.js';
import type { CommandName } from './cases.js';
import { snapshot } from './state.js';

const HOSTS = ['app-1', 'router-1'] as const;
const DISK = 'size=700m,mode=0700';
const PATHS = [{ path: '/api/flow/status?stadiumId=rabat' }, { path: '/api/flow/version' }];

/** Mounts a disk of its own on a folder. False where that is not allowed: it takes root, or sudo without a password. */
function mountDisk(dir: string): boolean {
  for (const sudo of [[], ['sudo', '-n']]) {
    try {
      const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0}`;
      const [command = '', ...args] = [...sudo, 'mount', '-t', 'tmpfs', '-o', `${DISK},${owner}`, 'tmpfs', dir];
      execFileSync(command, args, { stdio: 'ignore' });
      return true;
    } catch {
      // Not allowed in this way: the next one.
    }
  }
  return false;
}

function unmount(dir: string): void {
  const args = ['umount', '--lazy', dir];
  if (process.getuid?.() === 0) execFileSync(args[0]!, args.slice(1));
  else execFileSync('sudo', ['-n', ...args]);
}

/** A fleet under a steady load, on which one interruption follows the other; each host's home is a small disk of its own where that is allowed. */
export interface Ground {
  fleet: TestFleet;
  load: ReturnType<typeof startLoad>;
  /** False when disks cannot be mounted here. */
  disks: boolean;
  stop(): Promise<void>;
}

export async function startGround(engine: Engine): Promise<Ground> {
  const fleet = await startFleet({ up: false, engine });
  const mounted: string[] = [];
  let load: Ground['load'] | undefined;
  const stop = async (): Promise<void> => {
    await load?.stop();
    // A folder that is a disk's cannot be removed, so that each host is ended by itself.
    if (mounted.length > 0) for (const host of HOSTS) await fleet.cli('host', 'destroy', host, '--yes');
    mounted.forEach(unmount);
    await fleet.stop();
  };
  try {
    for (const host of HOSTS) {
      await mkdir(fleet.home(host), { recursive: true, mode: 0o700 });
      if (mountDisk(fleet.home(host))) mounted.push(fleet.home(host));
    }
    await fleet.ok('host', 'provision', '--all', '--yes');
    await fleet.ok('router', 'apply', '--yes');
    load = startLoad({ base: fleet.base, paths: PATHS, perSecond: 20 });
    return { fleet, load, disks: mounted.length === HOSTS.length, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Moves the router to an engine, by one line of the fleet file and `router apply`. */
export async function useEngine({ fleet }: Ground, engine: Engine): Promise<void> {
  const file = join(fleet.dir, 'fanops.yaml');
  const text = await readFile(file, 'utf8');
  if (text.includes(`engine: ${engine}`)) return;
  await writeFile(file, text.replace(/engine: \w+/, `engine: ${engine}`));
  await fleet.ok('router', 'apply', '--yes');
}

/** Brings m1 to where a command can begin, by the CLI itself. */
export async function makeReady({ fleet }: Ground, command: CommandName): Promise<void> {
  const { placement } = await routeOf(fleet);
  if (command === 'migrate') {
    if (placement === 'vm') await fleet.ok('migrate', 'rollback', 'm1', '--yes');
    return;
  }
  if (placement !== 'vm') await fleet.ok('migrate', 'm1', '--to', 'vm', '--hold', '500ms', '--yes');
  if (command === 'deploy-rollback' && (await snapshot(fleet)).record?.previous === undefined) await fleet.ok('deploy', 'm1', '--yes');
  if (command === 'migrate-rollback' && (await routeOf(fleet)).previous === undefined) {
    throw new Error('m1 has nothing to go back to.');
  }
}

/** Takes a filled disk's ballast away. */
export const freeDisk = (fleet: TestFleet, host: string): Promise<void> => rm(join(fleet.home(host), 'ballast'), { force: true });
