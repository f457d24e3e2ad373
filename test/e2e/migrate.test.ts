import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failures, idleClosed, startLoad } from '../../scripts/lib/load.mjs';
import { gateEvent } from '../../scripts/lib/sample-fleet.mjs';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { engines, hasEngine } from '../helpers/engines.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

const paths = [
  { path: '/api/flow/status?stadiumId=rabat' },
  { path: '/api/flow/version' },
  { method: 'POST', path: '/api/flow/ingest', body: gateEvent('A1', 80) },
];

describe.each(engines)('engine %s', (engine) => {
  if (!hasEngine(engine)) return test.skip(`${engine} is not installed on this machine`, () => undefined);
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startFleet({ engine });
  });
  afterAll(() => fleet?.stop());

  test('m1 moves, is deployed anew, rolled back and moved again under 50 requests a second, and none fails', async () => {
    const load = startLoad({ base: fleet.base, paths, perSecond: 50 });
    const moved = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--hold', '1s');
    expect(moved).toMatchObject({ service: 'm1', from: 'azure', to: 'vm', changed: true });
    expect(moved.cutover.map((step) => step.percent)).toEqual([10, 50, 100]);
    const after = await fleet.json<StatusResult>('status');
    expect(after.services).toMatchObject([{ name: 'm1', placement: 'vm', previous: 'azure', release: moved.release }]);
    expect(after.services[0]?.placements.map(({ name, weight }) => [name, weight])).toEqual([
      ['azure', 0],
      ['vm', 100],
    ]);
    await fleet.ok('deploy', 'm1', '--yes');
    await fleet.ok('deploy', 'rollback', 'm1', '--yes');
    expect((await fleet.json<StatusResult>('status')).services[0]?.release).toBe(moved.release);
    await fleet.ok('migrate', 'rollback', 'm1', '--yes');
    expect((await fleet.json<StatusResult>('status')).services[0]?.placement).toBe('azure');
    const samples = await load.stop();
    expect(failures(samples)).toEqual([]);
    // Weights change without a reload on both engines, so kept connections live on.
    expect(idleClosed(samples)).toEqual([]);
    expect(samples.length).toBeGreaterThan(500);
  });

  test('settings land in files that only the login may read, and never in the journal or an evidence folder', async () => {
    const release = join(fleet.home('app-1'), 'fanops/services/m1/releases');
    const { readdir } = await import('node:fs/promises');
    const [newest = ''] = (await readdir(release)).sort().reverse();
    expect((await stat(join(release, newest, 'on.env'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(release, newest, 'on.env'), 'utf8')).toContain('AccountKey=');
    const journal = await readFile(join(fleet.dir, '.fanops/runs.db'));
    expect(journal.includes(Buffer.from('AccountKey='))).toBe(false);
  });
});
