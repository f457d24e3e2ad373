import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { DoctorResult } from '../../../src/operations/doctor/doctor.js';
import type { LockList } from '../../../src/operations/lock/locks.js';
import type { RunDetails } from '../../../src/operations/run/list.js';
import type { StatusResult } from '../../../src/operations/status/status.js';
import { failures } from '../../../scripts/lib/load.mjs';
import type { TestFleet } from '../fleet.js';
import { processesUnder } from '../processes.js';
import { until } from '../until.js';
import { answersSince, leftovers, routeOf } from '../world.js';
import type { Ground } from './ground.js';
import { snapshot, type Snapshot } from './state.js';

/** Processes that a host has as long as it is up. Engines that were told to leave go when their last connection does. */
const STANDING = [
  /server-main\.js --dir/,
  /^\d+ PM2 v/,
  /router\.cjs(?: (?:serve|nginx|haproxy) --dir .*)?$/,
  /nginx: (?:master|worker)/,
  /haproxy -db/,
];
const WORKER = /functions-host\.cjs$/;
const SETTLING_MS = 45_000;

/** What `doctor` finds wrong. */
export async function complaints(fleet: TestFleet): Promise<string[]> {
  const { stdout, stderr } = await fleet.cli('doctor', '--json');
  if (!stdout.startsWith('{')) throw new Error(`doctor gave no result:\n${stderr}`);
  const { checks } = JSON.parse(stdout) as DoctorResult;
  return checks.filter(({ state }) => state === 'fail' || state === 'warn').map(({ id, detail }) => `${id}: ${detail}`);
}

/** Locks that stay; one whose host was out of reach at the end of its run goes with its lease. */
async function locks(fleet: TestFleet, leases: boolean): Promise<LockList['locks']> {
  const held = async (): Promise<LockList['locks']> => (await fleet.json<LockList>('lock', 'show')).locks;
  if (leases) await until('locks to be gone', async () => (await held()).length === 0, 65_000).catch(() => undefined);
  return held();
}

/** Processes that nothing accounts for, once those that end by themselves have had time to. */
async function strays(fleet: TestFleet, workers: number): Promise<string[]> {
  let seen: string[] = [];
  const look = (): boolean => {
    const all = ['app-1', 'router-1'].flatMap((host) => processesUnder(fleet.home(host).replace(/\/home$/, '')));
    const working = all.filter((line) => WORKER.test(line));
    seen = [
      ...all.filter((line) => !WORKER.test(line) && !STANDING.some((known) => known.test(line))),
      ...(working.length === workers
        ? []
        : [`${working.length} workers in place of ${workers}: ${working.join(', ')}`]),
    ];
    return seen.length === 0;
  };
  await until('what ends by itself to end', look, SETTLING_MS).catch(() => undefined);
  return seen;
}

/** Which placements answer requests that are sent from now on, by the router's own log. */
async function answering(fleet: TestFleet): Promise<string[]> {
  await delay(500); // what was sent before may be answered by another side
  const from = Date.now();
  const seen = await until(
    'ten answers',
    async () => {
      const answers = await answersSince(fleet, from);
      return Object.values(answers).reduce((sum, count) => sum + count, 0) >= 10 && answers;
    },
    20_000,
  );
  return Object.keys(seen).sort();
}

/** Waits until one side has all traffic, as it must without anybody's help. @param logged false while the router cannot write its log */
export async function served(fleet: TestFleet, logged: boolean): Promise<void> {
  const { placement } = await until(
    'all traffic to be on the side that the record names',
    async () => {
      const route = await routeOf(fleet);
      return route.inForce && route.weights[route.placement] === 100 && route;
    },
    40_000,
  );
  if (logged) expect(await answering(fleet), 'sides that answer').toEqual([placement]);
}

/** What a run promised: its placement and release. */
export interface Promised {
  placement: string;
  previous?: string;
  release?: string;
}

/** That the fleet is in the state that a finished run promised, and that everything that tells of it says the same. */
export async function rightAfter(ground: Ground, promised: Promised, leases: boolean): Promise<void> {
  const now = await standsRight(ground, leases);
  const { placement, previous, release } = promised;
  expect(now.route, 'route').toMatchObject({ placement, ...(previous !== undefined && { previous }) });
  if (release !== undefined) expect(now.record?.release, 'release').toBe(release);
}

/** That the fleet is in the state before an undone run; old releases may have been pruned, and the new one is gone. */
export async function rightBefore(ground: Ground, before: Snapshot, leases: boolean): Promise<void> {
  const now = await standsRight(ground, leases);
  const kept = ({ route, router, current, settings, record, pm2 }: Snapshot): unknown => ({
    route,
    router,
    current,
    settings,
    pm2,
    record: record && {
      ...record,
      previous: record.previous !== undefined && now.releases.includes(record.previous) ? record.previous : undefined,
    },
  });
  expect(kept(now), 'state before the run').toEqual(kept(before));
  expect(before.releases, 'releases').toEqual(expect.arrayContaining(now.releases));
}

/** What holds after every case, whatever it was. @param leases whether a lock may stand until its lease ends */
export async function standsRight({ fleet }: Ground, leases: boolean): Promise<Snapshot> {
  const now = await snapshot(fleet);
  const runs = now.route.placement === 'vm';
  expect(now.route, 'one side has all traffic').toMatchObject({
    inForce: true,
    weights: { azure: runs ? 0 : 100, vm: runs ? 100 : 0 },
  });
  expect(now.router, 'the router runs what its settings say').toMatchObject({
    running: now.router.engine,
    inForce: now.router.mark,
  });
  if (runs) {
    const release = now.record?.release;
    expect(now, 'PM2, links and records name one release').toMatchObject({
      current: release,
      settings: 'on.env',
      record: { background: true },
      pm2: [{ name: 'm1', status: 'online', release }],
      saved: [{ name: 'm1', release }],
    });
    expect(now.releases, 'the release is there').toContain(release);
    if (now.record?.previous !== undefined)
      expect(now.releases, 'the release to go back to is there').toContain(now.record.previous);
  } else {
    expect({ pm2: now.pm2, record: now.record, saved: now.saved }, 'nothing of m1 runs').toEqual({
      pm2: [],
      record: undefined,
      saved: [],
    });
  }
  expect(await answering(fleet), 'sides that answer').toEqual([now.route.placement]);
  expect(await strays(fleet, runs ? 1 : 0), 'stray processes').toEqual([]);
  expect(await leftovers(fleet), 'left on the hosts').toEqual([]);
  expect(await locks(fleet, leases), 'locks').toEqual([]);
  const status = await fleet.json<StatusResult>('status');
  expect(status, 'status').toMatchObject({
    complete: true,
    openRuns: [],
    services: [{ name: 'm1', placement: now.route.placement }],
  });
  expect(status.services[0]?.release, 'release in status').toBe(runs ? now.record?.release : undefined);
  expect(await complaints(fleet), 'doctor').toEqual([]);
  return now;
}

export const runOf = (fleet: TestFleet, id: string): Promise<RunDetails> => fleet.json<RunDetails>('runs', 'show', id);

/** Requests that failed since a time. */
export const lostSince = ({ load }: Ground, from: number): number =>
  failures(load.samples.filter((sample) => sample.at >= from)).length;

/** When each of them was sent, how long it took, and what it got. */
export const lostText = ({ load }: Ground, from: number): string =>
  failures(load.samples.filter((sample) => sample.at >= from))
    .slice(0, 10)
    .map(
      ({ at, ms, status, error, path }) =>
        `${new Date(at).toISOString()} ${path}: ${status} ${error ?? ''} after ${Math.round(ms)} ms`,
    )
    .join('\n');
