import { expect, test } from 'vitest';
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
