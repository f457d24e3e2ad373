import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { FinishResult } from '../../src/operations/migrate/finish.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startFleet({
    file: (text) => text.replace('azure: { platform: azure-functions,', 'partner: { platform: external,'),
  });
}, 180_000);
afterAll(() => fleet?.stop());

test(
  'a service moves from an address that somebody else runs to a host and back, and for good; nothing is deployed to it, nor stopped there',
  { timeout: 240_000 },
  async () => {
    const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
    const there = await fleet.json<MigrateResult>('migrate', 'm1', '--to', 'vm', '--steps', '100', '--yes');
    expect([there.from, there.to, there.notes.some((note) => note.startsWith('Background work of partner'))]).toEqual([
      'partner',
      'vm',
      true,
    ]);
    await fleet.ok('migrate', 'rollback', 'm1', '--yes');
    // Once more, and this time for good.
    await fleet.ok('migrate', 'm1', '--to', 'vm', '--steps', '100', '--yes');
    const end = await fleet.json<FinishResult>('migrate', 'finish', 'm1', '--yes');
    expect([end.placement, end.retired, end.notes]).toEqual([
      'vm',
      'partner',
      [expect.stringMatching(/who run it to stop\.$/)],
    ]);
    await fleet.ok('migrate', 'm1', '--to', 'partner', '--steps', '100', '--yes');
    const samples = await load.stop();
    expect([samples.length > 0, failures(samples)]).toEqual([true, []]);
    const { code, stderr } = await fleet.cli('deploy', 'm1', '--yes');
    expect([code, stderr]).toEqual([5, expect.stringContaining('on platform external')]);
  },
);
