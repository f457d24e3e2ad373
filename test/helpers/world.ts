import { access, readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockList } from '../../src/operations/lock/locks.js';
import type { RunDetails } from '../../src/operations/run/list.js';
import type { Route } from '../../src/kit/route.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import type { ServiceRecord } from '../../src/remote/release.js';
import type { TestFleet } from './fleet.js';
import { processesUnder } from './processes.js';
import { until } from '../../scripts/lib/processes.mjs';

const names = (dir: string): Promise<string[]> =>
  readdir(dir).then(
    (found) => found.sort(),
    () => [],
  );
const json = <T>(file: string): Promise<T | undefined> =>
  readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as T,
    () => undefined,
  );
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Weights of m1 by placement, and the official placement, as the router's own file has them. */
export async function routeOf(fleet: TestFleet) {
  const router = join(fleet.home('router-1'), 'fanops/router');
  const route = (await json<Route>(join(router, 'routes/m1.json')))!;
  const applied = await json<{ routes: Record<string, { version: number } | undefined> }>(join(router, 'applied.json'));
  const { placement, previous } = route;
  return {
    placement,
    previous,
    weights: Object.fromEntries(route.placements.map((each) => [each.name, each.weight])),
    inForce: applied?.routes.m1?.version === route.version,
  };
}

/** A line of the access log; a full disk leaves torn ones. */
function entryOf(line: string): { time: string; placement: string }[] {
  try {
    return [JSON.parse(line) as { time: string; placement: string }];
  } catch {
    return [];
  }
}

/** How many answers each side gave since a time, by the router's own log. */
export async function answersSince(fleet: TestFleet, since: number): Promise<Record<string, number>> {
  const log = await readFile(join(fleet.home('router-1'), 'fanops/router/access.log'), 'utf8').catch(() => '');
  const lines = log.split('\n');
  const entries: ReturnType<typeof entryOf> = [];
  // From the end, since the log of a long series is long; a line may be a little older than the one before it.
  for (let line = lines.length - 1; line >= 0; line -= 1) {
    const [entry] = entryOf(lines[line]!);
    if (entry && Date.parse(entry.time) < since - 60_000) break;
    if (entry) entries.push(entry);
  }
  const sides = entries.filter((entry) => Date.parse(entry.time) >= since).map((entry) => entry.placement);
  return Object.fromEntries([...new Set(sides)].map((side) => [side, sides.filter((each) => each === side).length]));
}

/** Releases of m1 on app-1, oldest first. */
export const releasesOf = async (fleet: TestFleet): Promise<string[]> =>
  (await names(join(fleet.home('app-1'), 'fanops/services/m1/releases'))).filter((name) => !name.startsWith('.'));

/** PM2's own list of a host. */
export async function pm2Apps(
  fleet: TestFleet,
  host = 'app-1',
): Promise<{ name: string; pid: number; pm2_env: { status: string; exec_mode: string; FANOPS_RELEASE?: string } }[]> {
  const { stdout } = await fleet.ok('exec', host, '--', 'pm2', 'jlist');
  return JSON.parse(stdout.slice(stdout.search(/^\[/m))) as Awaited<ReturnType<typeof pm2Apps>>;
}

/** Watchdogs and guards that stand on the hosts although no run does, and drafts of releases. */
export async function leftovers(fleet: TestFleet): Promise<string[]> {
  const places = [
    ['router-1', 'fanops/watchdogs'],
    ['router-1', 'fanops/guards'],
    ['app-1', 'fanops/guards'],
  ] as const;
  const found = await Promise.all(
    places.map(async ([host, dir]) =>
      (await names(join(fleet.home(host), dir))).map((name) => `${host}: ${dir}/${name}`),
    ),
  );
  const drafts = (await names(join(fleet.home('app-1'), 'fanops/services/m1/releases'))).filter((name) =>
    name.startsWith('.'),
  );
  return [...found.flat(), ...drafts.map((name) => `app-1: releases/${name}`)];
}

/** Processes of the hosts that no finished run may leave: guards, watchdogs, installs, smoke starts. */
const strays = (fleet: TestFleet): string[] =>
  [...new Set(['app-1', 'router-1'].flatMap((host) => processesUnder(join(fleet.home(host), '..'))))].filter((line) =>
    /fanops-guard|watchdog|smoke|\bnpm\b|\btar\b|startOrReload|--port 0\b/.test(line),
  );

/**
 * Everything that a run of m1 leaves on the hosts and in the journal, with ids that differ from run to run replaced by their age.
 * @param before the releases that were there before the run
 */
export async function worldAfter(fleet: TestFleet, runId: string, before: readonly string[]) {
  const base = join(fleet.home('app-1'), 'fanops/services/m1');
  const releases = await releasesOf(fleet);
  const age = (release: string | undefined): string =>
    release ? `newest - ${releases.length - 1 - releases.indexOf(release)}` : 'none';
  const newest = join(base, 'releases', releases.at(-1) ?? 'none');
  const record = await json<ServiceRecord>(join(base, 'service.json'));
  const dump = await json<{ name: string; FANOPS_RELEASE?: string }[]>(join(fleet.home('app-1'), '.pm2/dump.pm2'));
  const apps = await pm2Apps(fleet);
  const { run, steps, effects } = await fleet.json<RunDetails>('runs', 'show', runId);
  return {
    route: await routeOf(fleet),
    releases: {
      added: releases.filter((release) => !before.includes(release)).length,
      atMostFive: releases.length <= 5,
      hidden: (await names(join(base, 'releases'))).filter((name) => name.startsWith('.')),
      current: age((await readlink(join(base, 'current')).catch(() => '')).split('/').at(-1)),
      newest: await names(newest),
      active: await readlink(join(newest, 'active.env')).catch(() => ''),
      modules: await isThere(join(newest, 'app/node_modules')),
      service: await names(base),
    },
    record: record && {
      release: age(record.release),
      background: record.background,
      port: record.port,
      byThisRun: record.run === runId,
    },
    pm2: apps.map(({ name, pm2_env: e }) => ({
      name,
      status: e.status,
      mode: e.exec_mode,
      release: age(e.FANOPS_RELEASE),
    })),
    saved: dump?.map((app) => ({ name: app.name, release: age(app.FANOPS_RELEASE) })),
    watchdogs: await names(join(fleet.home('router-1'), 'fanops/watchdogs')),
    guards: [
      ...(await names(join(fleet.home('app-1'), 'fanops/guards'))),
      ...(await names(join(fleet.home('router-1'), 'fanops/guards'))),
    ],
    strays: await until('the helpers on the hosts to end', () => strays(fleet).length === 0, 10_000).then(
      () => [],
      () => strays(fleet),
    ),
    locks: (await fleet.json<LockList>('lock', 'show')).locks.map((lock) => lock.name),
    run: {
      status: run.status,
      steps: steps.map(({ id, status }) => `${id}: ${status}`),
      temporary: effects.filter((effect) => effect.temporary),
    },
  };
}
export type World = Awaited<ReturnType<typeof worldAfter>>;

/**
 * Waits until the router sends everything to the old side, and sees ten answers of it and none of another.
 * @returns milliseconds from `since` to the change
 */
export async function servedByOldSide(fleet: TestFleet, since: number): Promise<number> {
  await until(
    'the router to send all traffic to the old side',
    async () => {
      const { weights, inForce } = await routeOf(fleet);
      return inForce && weights.azure === 100 && weights.vm === 0;
    },
    40_000,
  );
  const back = Date.now();
  // Requests that the new side had before may end a little later.
  const from = back + 500;
  const seen = await until('ten answers', async () => {
    const answers = await answersSince(fleet, from);
    return Object.values(answers).reduce((sum, count) => sum + count, 0) >= 10 && answers;
  });
  if (Object.keys(seen).join() !== 'azure') throw new Error(`The router sends to ${JSON.stringify(seen)}.`);
  return back - since;
}

/** Brings m1 back to its old side, and takes away what a case left that failed. */
export async function restore(fleet: TestFleet): Promise<void> {
  if ((await routeOf(fleet)).placement === 'vm') await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  if ((await pm2Apps(fleet)).length === 0) return;
  for (const { id } of (await fleet.json<StatusResult>('status')).openRuns)
    await fleet.cli('runs', 'undo', id, '--yes');
}
