import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { gateEvent } from '../../scripts/lib/sample-fleet.mjs';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { counted, SOAK, tally } from '../helpers/interrupt.js';
import { routeOf } from '../helpers/world.js';

const CUTOVERS = SOAK ? 20 : 2;
const paths = [
  { path: '/api/flow/status?stadiumId=rabat' },
  { path: '/api/flow/version' },
  { method: 'POST', path: '/api/flow/ingest', body: gateEvent('A1', 80) },
];

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet?.stop());

test(
  `m1 goes over ${CUTOVERS} times, back and forth, under 50 requests a second, and none fails`,
  { timeout: 1_800_000 },
  async () => {
    const load = startLoad({ base: fleet.base, paths, perSecond: 50 });
    try {
      for (let turn = 0; turn < CUTOVERS; turn += 1) {
        const to = turn % 2 === 0 ? 'vm' : 'azure';
        // There are two ways back: another migration, and the rollback.
        const command = turn % 4 === 3 ? ['rollback', 'm1'] : ['m1', '--to', to, '--hold', '500ms'];
        await counted('cut-overs without a failed request', `${turn + 1} to ${to}`, async () => {
          await fleet.ok('migrate', ...command, '--yes');
          const { placement, weights } = await routeOf(fleet);
          expect({ placement, weight: weights[to] }).toEqual({ placement: to, weight: 100 });
          expect(failures(load.samples)).toEqual([]);
        });
      }
    } finally {
      const samples = await load.stop();
      for (const sample of samples)
        tally(
          'requests at 50 a second answered',
          failures([sample]).length === 0,
          `${sample.path} ${sample.error ?? sample.status}`,
        );
      process.stdout.write(`${CUTOVERS} cut-overs, ${samples.length} requests, ${failures(samples).length} failed\n`);
    }
  },
);
