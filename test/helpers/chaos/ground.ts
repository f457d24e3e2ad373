import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLoad } from '../../../scripts/lib/load.mjs';
import type { CliResult } from '../cli.js';
import type { Engine } from '../engines.js';
import { startFleet, type TestFleet } from '../fleet.js';
import { routeOf } from '../world.js';
import type { CommandName } from './cases.js';
import { snapshot, type Snapshot } from './state.js';

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
  /** What was there before each run, by its id. */
  runs: Map<string, Before>;
  stop(): Promise<void>;
}

/** What was there before a run: the fleet file, and m1. */
export interface Before {
  file: string;
  state: Snapshot;
}

export async function startGround(engine: Engine, { perSecond = 20 } = {}): Promise<Ground> {
  const fleet = await startFleet({ up: false, engine });
  const mounted: string[] = [];
  let load: Ground['load'] | undefined;
  const stop = async (): Promise<void> => {
    await load?.stop();
    // A folder that is a disk's cannot be removed, so that each host is ended by itself.
    if (mounted.length > 0) for (const host of HOSTS) await fleet.cli('host', 'destroy', host, '--yes', '--force');
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
    load = startLoad({ base: fleet.base, paths: PATHS, perSecond });
    return { fleet, load, disks: mounted.length === HOSTS.length, runs: new Map(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const fleetFile = (fleet: TestFleet): string => join(fleet.dir, 'fanops.yaml');

export async function before({ fleet }: Ground): Promise<Before> {
  return { file: await readFile(fleetFile(fleet), 'utf8'), state: await snapshot(fleet) };
}

/** Runs a command to its end, and keeps what was there before it. @param was default: what is there now */
export async function carryOut(ground: Ground, args: string[], was?: Before): Promise<CliResult & { runId?: string }> {
  const kept = was ?? (await before(ground));
  const live = ground.fleet.start(...args);
  const result = await live.ended;
  const begun = live.events.find((event) => event.type === 'run.started');
  if (begun?.type !== 'run.started') return result;
  ground.runs.set(begun.runId, kept);
  return { ...result, runId: begun.runId };
}

/** The same. @throws Error when it does not exit with 0 */
export async function mustCarryOut(ground: Ground, args: string[], was?: Before): Promise<void> {
  const { code, stderr } = await carryOut(ground, args, was);
  if (code !== 0) throw new Error(`fanops ${args.join(' ')} ended with ${code}\n${withoutSteps(stderr)}`);
}

/** What a command said to people. */
export const withoutSteps = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => !line.startsWith('{"type":'))
    .slice(-25)
    .join('\n');

/** Moves the router to an engine, by one line of the fleet file and `router apply`. */
export async function useEngine(ground: Ground, engine: Engine): Promise<void> {
  const was = await before(ground);
  if (was.file.includes(`engine: ${engine}`)) return;
  await writeFile(fleetFile(ground.fleet), was.file.replace(/engine: \w+/, `engine: ${engine}`));
  await mustCarryOut(ground, ['router', 'apply', '--yes'], was);
}

const MIGRATE = ['migrate', 'm1', '--to', 'vm', '--hold', '500ms', '--yes'];

/** Brings m1 to where a command can begin, by the CLI itself. */
export async function makeReady(ground: Ground, command: CommandName): Promise<void> {
  const { fleet } = ground;
  const { placement, previous } = await routeOf(fleet);
  if (command === 'router-apply' || command === 'host-provision') return;
  if (command === 'migrate') {
    if (placement === 'vm')
      await mustCarryOut(
        ground,
        previous ? ['migrate', 'rollback', 'm1', '--yes'] : ['migrate', 'm1', '--to', 'azure', '--yes'],
      );
    return;
  }
  if (placement !== 'vm') await mustCarryOut(ground, MIGRATE);
  if (command === 'deploy-rollback' && (await snapshot(fleet)).record?.previous === undefined)
    await mustCarryOut(ground, ['deploy', 'm1', '--yes']);
  if (command === 'migrate-rollback' && (await routeOf(fleet)).previous === undefined) {
    throw new Error('m1 has nothing to go back to.');
  }
}

/** Takes a filled disk's ballast away. */
export const freeDisk = (fleet: TestFleet, host: string): Promise<void> =>
  rm(join(fleet.home(host), 'ballast'), { force: true });
