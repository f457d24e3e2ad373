import { expect, test } from 'vitest';
import { PreconditionError } from '../../../src/core/errors.js';
import { RunLocks } from '../../../src/runs/locks.js';
import type { Transport } from '../../../src/transports/transport.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { OPERATOR } from '../../helpers/runs.js';

/** A host whose locks were taken so often before. */
function hostWith(taken: Record<string, number>): Transport {
  return {
    async run({ argv }: { argv: string[] }) {
      const name = argv.find((word) => word.startsWith('fanops/locks/'))?.slice('fanops/locks/'.length) ?? '';
      return { code: 0, signal: null, stdout: `acquired ${(taken[name] ?? 0) + 1}\n`, stderr: '' };
    },
  } as unknown as Transport;
}

test('a run that holds several locks on a host has the number of each: none is taken for that of another', async () => {
  const transport = hostWith({ 'service-cart': 40, 'service-shop': 2, router: 7 });
  const locks = await RunLocks.acquire(
    ['service-cart', 'router', 'service-shop'].map((name) => ({ host: 'edge', name })),
    {
      transport: async () => transport,
      clock: fakeClock(),
      lease: { lockLeaseMs: 60_000, lockRenewalMs: 15_000 },
      holder: { run: 'r', reason: 'router apply', operator: OPERATOR, since: '' },
    },
  );
  expect(locks.fence('edge', 'service-shop')).toBe(3);
  expect(locks.fence('edge', 'service-cart')).toBe(41);
  expect(locks.fence('edge', 'service-other')).toBe(0);
  expect(locks.fence('app', 'service-shop')).toBe(0);
  await locks.release();
});

test('a host that is off gives no lock that a run can do without, and one that somebody holds keeps the run out', async () => {
  const off = new PreconditionError('Host off is stopped.', { code: 'NO_HOST' });
  const held = { code: 0, signal: null, stdout: `held 4 9\n${JSON.stringify({ run: 'other' })}\n`, stderr: '' };
  const told: string[] = [];
  const options = {
    transport: async (host: string) => {
      if (host === 'off') throw off;
      return host === 'busy' ? ({ run: async () => held } as unknown as Transport) : hostWith({ router: 7 });
    },
    clock: fakeClock(),
    lease: { lockLeaseMs: 60_000, lockRenewalMs: 15_000 },
    holder: { run: 'r', reason: 'host stop', operator: OPERATOR, since: '' },
    onWait: (message: string) => void told.push(message),
  };
  const optional = (host: string) => ({ host, name: 'router', optional: true as const });
  const locks = await RunLocks.acquire([optional('off'), optional('edge')], options);
  expect([locks.fence('off', 'router'), locks.fence('edge', 'router')]).toEqual([0, 8]);
  expect(await locks.release()).toEqual([]);
  expect(told).toEqual([]);
  await expect(RunLocks.acquire([{ host: 'off', name: 'router' }], options)).rejects.toBe(off);
  await expect(RunLocks.acquire([optional('busy')], options)).rejects.toMatchObject({ code: 'LOCKED' });
});

test('a run that has removed a host goes on: a lock that was there, and may go with it, is no lost lock', async () => {
  const gone = new PreconditionError('Host edge is not there yet.', { code: 'NO_HOST', where: 'edge' });
  let asked = 0;
  const transport = async (): Promise<Transport> => {
    asked += 1;
    if (asked === 1)
      return {
        run: async () => ({ code: 0, signal: null, stdout: 'acquired 8\n', stderr: '' }),
      } as unknown as Transport;
    throw gone;
  };
  const locks = await RunLocks.acquire([{ host: 'edge', name: 'router', optional: true }], {
    transport,
    clock: fakeClock(),
    lease: { lockLeaseMs: 60, lockRenewalMs: 5 },
    holder: { run: 'r', reason: 'host destroy', operator: OPERATOR, since: '' },
  });
  await expect.poll(() => asked).toBeGreaterThan(3);
  expect(locks.lost.aborted).toBe(false);
  expect(await locks.release()).toEqual([]);
});

const further = (name: string) => ({ host: 'edge', name });

/** A host that gives each lock once, and not before a run asks again where it is slow. */
function onceEach(slow: () => Promise<void> = async () => undefined): Transport {
  const taken = new Set<string>();
  return {
    async run({ argv }: { argv: string[] }) {
      const name = argv.find((word) => word.startsWith('fanops/locks/')) ?? '';
      await slow();
      const stdout = taken.has(name) ? `held 4 9\n${JSON.stringify({ run: 'r' })}\n` : 'acquired 1\n';
      taken.add(name);
      return { code: 0, signal: null, stdout, stderr: '' };
    },
  } as unknown as Transport;
}

const lanesOf = (transport: Transport, clock = fakeClock()) =>
  RunLocks.acquire([further('router')], {
    transport: async () => transport,
    clock,
    lease: { lockLeaseMs: 60_000, lockRenewalMs: 15_000 },
    holder: { run: 'r', reason: 'playbook', operator: OPERATOR, since: '' },
  });

test('two lanes that ask for the same further lock at once share it: none waits for its own run', async () => {
  const locks = await lanesOf(onceEach(() => new Promise((resolve) => setImmediate(resolve))));
  await Promise.all([locks.add([further('m1'), further('m2')], 0), locks.add([further('m2'), further('m3')], 0)]);
  expect(['m1', 'm2', 'm3'].map((name) => locks.fence('edge', name))).toEqual([1, 1, 1]);
  await locks.release();
});

test('further locks are waited for until one deadline, whoever holds them, and a lane that fails does not end another', async () => {
  const clock = fakeClock();
  const held = { code: 0, signal: null, stdout: `held 4 9\n${JSON.stringify({ run: 'other' })}\n`, stderr: '' };
  const once = onceEach();
  let tries = 0;
  const transport = {
    run: (command: { argv: string[] }, limits: object) => {
      const name = command.argv.find((word) => word.startsWith('fanops/locks/')) ?? '';
      // The first comes free after a while, the second never.
      if (name.endsWith('/a-slow')) tries += 1;
      if (name.endsWith('/busy') || (name.endsWith('/a-slow') && tries < 5)) return Promise.resolve(held);
      return once.run(command, limits);
    },
  } as unknown as Transport;
  const locks = await lanesOf(transport, clock);
  const before = clock.monotonic();
  const failed = locks.add([further('a-slow'), further('busy')], 10_000);
  const other = locks.add([further('m1')], 10_000);
  await expect(failed).rejects.toMatchObject({ code: 'LOCKED' });
  expect(clock.monotonic() - before).toBeLessThanOrEqual(11_000);
  await other;
  expect(locks.fence('edge', 'm1')).toBe(1);
  await locks.release();
});
