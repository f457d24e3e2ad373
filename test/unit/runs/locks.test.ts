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
