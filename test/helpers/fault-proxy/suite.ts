import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { systemClock, type Clock } from '../../../src/core/clock.js';
import type { Instance, InstanceSpec } from '../../../src/providers/contracts/instances.js';
import type { Capabilities } from '../../../src/providers/contracts/provider.js';
import type { FaultProxy } from './index.js';

/** A provider against an emulator, through the fault proxy. */
interface CloudBehindFaults extends Capabilities {
  proxy: FaultProxy;
  extra(name: string): Partial<InstanceSpec>;
  stop(): Promise<void>;
}

/** What the tests of one suite against a cloud behind the fault proxy share. */
export interface FaultSuite<C extends CloudBehindFaults> {
  /** Started before the first test. */
  readonly cloud: C;
  /** A clock whose pauses are real but short, in milliseconds at most `pauseMs`. */
  clock: Clock;
  /** What was waited for since the test began. */
  waited: string[];
  /** Pauses that were asked for since the test began, in milliseconds. */
  slept: number[];
  io: { progress: (message: string) => void };
  /** Name of the machine that `spec` or `create` gives next. */
  readonly nextName: string;
  /** A machine that no test has asked for yet. */
  spec(): InstanceSpec;
  /** Makes a machine that runs. */
  create(): Promise<Instance>;
}

/** Starts a cloud for the suite that it is called in, and takes the faults away after each test. */
export function faultSuite<C extends CloudBehindFaults>(
  start: (clock: Clock) => Promise<C>,
  pauseMs = 20,
): FaultSuite<C> {
  let cloud: C | undefined;
  let count = 0;
  const waited: string[] = [];
  const slept: number[] = [];
  const io = { progress: (message: string) => void waited.push(message) };
  const clock: Clock = {
    ...systemClock,
    sleep(ms, signal) {
      slept.push(ms);
      return systemClock.sleep(Math.min(ms, pauseMs), signal);
    },
  };
  const started = (): C => {
    if (!cloud) throw new Error('the cloud has not been started yet');
    return cloud;
  };
  const nextName = (): string => `app-${count + 1}`;
  const spec = (): InstanceSpec => {
    const name = nextName();
    count += 1;
    return { name, fleet: 'contract', roles: ['app'], runId: 'run-7', ...started().extra(name) } as InstanceSpec;
  };
  beforeAll(async () => {
    cloud = await start(clock);
  }, 120_000);
  afterAll(() => cloud?.stop());
  afterEach(() => {
    started().proxy.clear();
    waited.length = slept.length = 0;
  });
  return {
    get cloud() {
      return started();
    },
    get nextName() {
      return nextName();
    },
    clock,
    waited,
    slept,
    io,
    spec,
    async create() {
      const wanted = spec();
      const made = await started().instances.create(wanted, io);
      expect(made).toMatchObject({ name: wanted.name, state: 'running' });
      return made;
    },
  };
}
