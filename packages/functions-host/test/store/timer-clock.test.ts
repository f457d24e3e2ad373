import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HostedFunction } from '../../src/functions/function-table.js';
import type { Invocation } from '../../src/functions/invoker.js';
import { fileStatusStore, type ScheduleStatus, type StatusStore } from '../../src/timers/status-store.js';
import { TimerTrigger } from '../../src/timers/timer-trigger.js';

/** Schedules over days: only the clock is not real here. */
const start = new Date('2026-06-01T10:00:00Z');
const hour = 3_600_000;

let dir: string;
let runs: { at: string; info: Info }[];
interface Info {
  IsPastDue: boolean;
  Schedule: { AdjustForDST: boolean };
  ScheduleStatus: Record<string, string> | null;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fh-'));
  runs = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

function timer(
  binding: object,
  work: () => Promise<void> = () => Promise.resolve(),
  store: StatusStore = memoryStore(),
): TimerTrigger {
  const fn: HostedFunction = {
    name: 'tick',
    trigger: 'timer',
    triggerBinding: { type: 'timerTrigger', direction: 'in', name: 'timer', ...binding },
    inputs: [],
    outputs: [],
    registered: { id: 'tick', metadata: { name: 'tick', bindings: {} }, callback: () => undefined },
    disabled: false,
  };
  const run = async (_fn: HostedFunction, { trigger }: Invocation): Promise<object> => {
    runs.push({ at: new Date().toISOString(), info: JSON.parse(trigger.json!) as Info });
    await work();
    return {};
  };
  const singleton = { acquire: () => Promise.resolve(true), isHeld: () => Promise.resolve(true) };
  const trigger = new TimerTrigger(fn, { invoker: { run }, singleton, store: () => store, log: () => undefined });
  trigger.start();
  return trigger;
}

function memoryStore(status?: ScheduleStatus): StatusStore & { status?: ScheduleStatus } {
  const store = {
    status,
    read: () => Promise.resolve(store.status),
    write: (_name: string, written: ScheduleStatus) => {
      store.status = written;
      return Promise.resolve();
    },
  };
  return store;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const times = (): string[] => runs.map(({ at }) => at.slice(0, 16));

test('[4-17] a daily and a monthly schedule run on their days, over weeks', async () => {
  const daily = timer({ schedule: '0 30 9 * * 1-5' });
  await pass(8 * 24 * hour);
  expect(times()).toEqual([
    '2026-06-02T09:30',
    '2026-06-03T09:30',
    '2026-06-04T09:30',
    '2026-06-05T09:30',
    '2026-06-08T09:30',
    '2026-06-09T09:30',
  ]);
  await daily.stop();
  runs = [];
  const rare = timer({ schedule: '0 0 0 1 1 *' });
  await pass(220 * 24 * hour);
  expect(times()).toEqual(['2027-01-01T00:00']);
  await rare.stop();
});

test('[4-15, 4-16] a run that takes long is not overlapped; the ticks that it missed are one run at once', async () => {
  const long = timer(
    { schedule: '0 0 * * * *' },
    () => new Promise((resolve) => setTimeout(resolve, runs.length === 1 ? 3.5 * hour : 1)),
  );
  await pass(6.2 * hour);
  expect(times()).toEqual(['2026-06-01T11:00', '2026-06-01T14:30', '2026-06-01T15:00', '2026-06-01T16:00']);
  expect(runs.map(({ info }) => info.IsPastDue)).toEqual([false, false, false, false]);
  await long.stop();
});

test('[4-23] a run that fails does not end the schedule', async () => {
  const failing = timer({ schedule: '0 0 * * * *' }, () => Promise.reject(new Error('asked to fail')));
  await pass(2 * hour);
  expect(runs).toHaveLength(2);
  await failing.stop();
});

test('[4-24, 4-27] the status of a run: never, then the run before', async () => {
  const store = memoryStore();
  const hourly = timer({ schedule: '0 0 * * * *' }, undefined, store);
  await pass(2 * hour);
  const never = '0001-01-01T00:00:00+00:00';
  const first = { Last: never, Next: '2026-06-01T11:00:00.000+00:00', LastUpdated: never };
  const second = {
    Last: '2026-06-01T11:00:00.000+00:00',
    Next: '2026-06-01T12:00:00.000+00:00',
    LastUpdated: '2026-06-01T11:00:00.000+00:00',
  };
  expect(runs.map(({ info }) => info.ScheduleStatus)).toEqual([first, second]);
  expect(store.status).toEqual({
    last: '2026-06-01T12:00:00.000Z',
    next: '2026-06-01T13:00:00.000Z',
    lastUpdated: '2026-06-01T12:00:00.000Z',
  });
  await hourly.stop();
});

test('[4-18, 4-26] without the monitor the status is null and nothing is stored', async () => {
  const store = memoryStore();
  const timers = [
    timer({ schedule: '0 0 * * * *', useMonitor: false }, undefined, store),
    timer({ schedule: '*/30 * * * * *' }, undefined, store),
  ];
  await pass(hour);
  expect(runs.map(({ info }) => info.ScheduleStatus)).toEqual(runs.map(() => null));
  expect(store.status).toBeUndefined();
  await Promise.all(timers.map((each) => each.stop()));
});

test('[4-19] ten missed runs are made up by one, past due, and then the schedule goes on', async () => {
  const late = timer(
    { schedule: '0 0 * * * *' },
    undefined,
    memoryStore({ last: '2026-06-01T00:00:00.000Z', next: '2026-06-01T01:00:00.000Z' }),
  );
  await pass(1.1 * hour);
  expect(runs.map(({ at, info }) => [at.slice(11, 16), info.IsPastDue])).toEqual([
    ['10:00', true],
    ['11:00', false],
  ]);
  expect(runs[0]?.info.ScheduleStatus?.Last).toBe('2026-06-01T00:00:00.000+00:00');
  await late.stop();
});

test('[4-20] a schedule that changed: what the old one missed is not made up', async () => {
  const store = memoryStore({ last: '2026-06-01T00:00:00.000Z', next: '2026-06-01T00:30:00.000Z' });
  const changed = timer({ schedule: '0 0 * * * *' }, undefined, store);
  await pass(0.5 * hour);
  expect(runs).toEqual([]);
  expect(store.status).toEqual({ next: '2026-06-01T11:00:00.000Z', lastUpdated: '2026-06-01T10:00:00.000Z' });
  await changed.stop();
});

test('[4-17] a TimeSpan is counted from the last run, over restarts', async () => {
  const store = memoryStore({
    last: '2026-06-01T08:00:00.000Z',
    next: '2026-06-02T08:00:00.000Z',
    lastUpdated: '2026-06-01T08:00:00.000Z',
  });
  const daily = timer({ schedule: '1.00:00:00' }, undefined, store);
  await pass(23 * hour);
  expect(times()).toEqual(['2026-06-02T08:00']);
  await daily.stop();
});

test('[4-21] runOnStartup runs once at the start; with a past-due run there is only that one', async () => {
  const fresh = timer({ schedule: '0 0 * * * *', runOnStartup: true });
  await pass(1);
  expect(runs.map(({ info }) => info.IsPastDue)).toEqual([false]);
  await fresh.stop();
  runs = [];
  const stored = memoryStore({ last: '2026-06-01T00:00:00.000Z', next: '2026-06-01T01:00:00.000Z' });
  const late = timer({ schedule: '0 0 * * * *', runOnStartup: true }, undefined, stored);
  await pass(1000);
  expect(runs.map(({ info }) => info.IsPastDue)).toEqual([true]);
  await late.stop();
});

test('[4-17] the status is kept in a file that the next process finds', async () => {
  vi.useRealTimers();
  const store = fileStatusStore(dir);
  expect(await store.read('Tidy')).toBeUndefined();
  await store.write('Tidy', { last: '2026-06-01T00:00:00.000Z' });
  expect(await fileStatusStore(dir).read('tidy')).toEqual({ last: '2026-06-01T00:00:00.000Z' });
});
