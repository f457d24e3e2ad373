import { cp, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRow } from '../../src/operations/run/list.js';
import { ROOT } from './cli.js';
import type { TestFleet } from './fleet.js';
import { sampleModules } from './sample-modules.js';

const sample = join(ROOT, 'examples/can2025/m1');

/** Puts the sample app back into m1/, with the files of a fixture laid over it. Its old side runs from a copy and stays as it is. */
export async function useApp(fleet: TestFleet, fixture?: string): Promise<void> {
  const dir = join(fleet.dir, 'm1');
  await rm(dir, { recursive: true, force: true });
  await cp(sample, dir, { recursive: true, filter: (path) => !path.includes('node_modules') });
  await symlink(await sampleModules(), join(dir, 'node_modules'));
  if (fixture) await cp(join(ROOT, 'test/fixtures/apps', fixture), dir, { recursive: true });
}

/** What users and hosts see of m1, to compare before and after: its route as it is written, and all that lies below its folder. */
export async function standing(fleet: TestFleet): Promise<{ route: string; files: string[] }> {
  const services = join(fleet.home('app-1'), 'fanops/services');
  const files = await readdir(services, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[];
    throw error;
  });
  return {
    route: await readFile(join(fleet.home('router-1'), 'fanops/router/routes/m1.json'), 'utf8').catch(
      (error: NodeJS.ErrnoException) => error.code ?? '',
    ),
    files: files.filter((file) => !/node_modules|\/logs\/|state\//.test(file)).sort(),
  };
}

/** Weights by placement, from the file on the router host. */
export async function weights(fleet: TestFleet): Promise<Record<string, number>> {
  const route = JSON.parse((await standing(fleet)).route) as { placements: { name: string; weight: number }[] };
  return Object.fromEntries(route.placements.map(({ name, weight }) => [name, weight]));
}

/** The newest run of the fleet's folder. */
export async function lastRun(fleet: TestFleet): Promise<RunRow | undefined> {
  return (await fleet.json<{ runs: RunRow[] }>('runs', 'list')).runs[0];
}

/** A second clone of the fleet's folder: same hosts, no journals. */
export async function cloneOf(fleet: TestFleet): Promise<string> {
  const dir = await mkdtemp(join(fleet.dir, 'clone-'));
  for (const name of ['fanops.yaml', 'storage-connection']) await cp(join(fleet.dir, name), join(dir, name));
  await cp(join(fleet.dir, 'm1'), join(dir, 'm1'), { recursive: true, verbatimSymlinks: true });
  return dir;
}
