import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { lastRun, standing, useApp, weights } from '../helpers/app.js';
import type { MigrateStatus } from '../../src/operations/migrate/status.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import { cli, withClock, type CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { until } from '../helpers/until.js';

interface Failure {
  error: { message: string; code: string; hint: string; data: { run: string; evidence: string } };
}

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startFleet({
    file: (text) =>
      text
        .replace(
          '- path: /api/flow/version\n',
          '- path: /api/flow/version\n        compareHeaders: [content-type, cache-control]\n',
        )
        .replace('      - path: /api/flow/status?stadiumId=rabat\n', '')
        .replace('timeout: 15s', 'timeout: 4s'),
  });
});
afterAll(() => fleet?.stop());
afterEach(async () => {
  // The failed run's release goes, so that each case starts from nothing.
  const newest = await lastRun(fleet);
  if (newest?.operation === 'migrate' && newest.status === 'failed') await fleet.ok('runs', 'undo', newest.id, '--yes');
  await useApp(fleet);
});

const failureOf = (result: CliResult): Failure['error'] => (JSON.parse(result.stdout) as Failure).error;

/** Placements that answered requests, by the router's own log. */
async function answeredBy(): Promise<Set<string>> {
  const log = await readFile(join(fleet.home('router-1'), 'fanops/router/access.log'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    },
  );
  return new Set(
    log
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { placement: string }).placement),
  );
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(fleet.dir, 'm1', file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}

const version = 'src/functions/version.js';
const ANSWER = '{ jsonBody: { name, version } }';

test.each([
  ['a field', '{ jsonBody: { name, version: "1.4.1" } }', '/version: azure "1.4.0"; vm "1.4.1"'],
  [
    'a header',
    '{ headers: { "cache-control": "no-store" }, jsonBody: { name, version } }',
    'header cache-control: azure nothing; vm "no-store"',
  ],
  ['a status', '{ status: 203, jsonBody: { name, version } }', 'status: azure 200; vm 203'],
])('%s that differs on the new side is found before the first user is moved', async (_what, planted, said) => {
  await edit(version, ANSWER, planted);
  const before = await weights(fleet);
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
  const result = await fleet.cli('migrate', 'm1', '--yes', '--hold', '500ms');
  expect(failures(await load.stop())).toEqual([]);
  expect(result.code).toBe(6);
  expect(result.stderr).toContain('GET /api/flow/version: azure and vm answer differently. No user was moved.');
  expect(result.stderr).toContain(said);
  expect(await weights(fleet)).toEqual(before);
  expect(await answeredBy()).toEqual(new Set(['azure']));
});

test('errors of the new side that no parity request shows breach the gate at the first share, and all traffic goes back at once', async () => {
  await useApp(fleet, 'fails-later');
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/status?stadiumId=rabat' }], perSecond: 50 });
  const live = fleet.start('migrate', 'm1', '--yes', '--hold', '2s', '--json');
  const result = await live.ended;
  const back = Date.now();
  await until('requests after it', () => load.samples.filter((sample) => sample.at >= back).length >= 25);
  const samples = await load.stop();
  expect(result.code).toBe(6);
  const error = failureOf(result);
  expect(error.message).toMatch(/^vm at 10 %: \d+ of \d+ answers are errors/);
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect(live.events.some((event) => event.type === 'step.started' && event.id === 'cutover/50')).toBe(false);
  expect(failures(samples.filter((sample) => sample.at >= back))).toEqual([]);
  const failed = failures(samples).length;
  console.log(`breach at 10 %: ${failed} of ${samples.length} requests met the faulty new side before all went back`);
  expect(failed).toBeLessThan(samples.length / 4);
  const evidence = await readdir(error.data.evidence);
  expect(evidence.sort()).toEqual(['error.json', 'events.json', 'steps.json', 'versions.json']);
  for (const name of evidence)
    expect(await readFile(join(error.data.evidence, name), 'utf8')).not.toContain('AccountKey');
});

test.each([401, 404])(
  '%i to a route that no parity request shows, where the old side serves, breaches the gate, and all traffic goes back',
  async (status) => {
    await useApp(fleet, 'fails-later');
    await edit('src/functions/status.js', 'status: 500', `status: ${status}`);
    const load = startLoad({
      base: fleet.base,
      paths: [{ path: '/api/flow/status?stadiumId=rabat' }, { path: '/api/flow/version' }],
      perSecond: 50,
    });
    const result = await fleet.cli('migrate', 'm1', '--yes', '--hold', '2s', '--json');
    const samples = await load.stop();
    expect(result.code).toBe(6);
    expect(failureOf(result).message).toMatch(
      /^vm at 10 %: \d+ of \d+ answers .*are (4xx|401 or 403) \(.*; old side 0 of \d+\)/,
    );
    expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
    expect(failures(samples).length).toBeLessThan(samples.length / 4);
  },
);

test('an app that asks callers for a key is not moved while the fleet file has no keys for it, and the dry run says so', async () => {
  await edit(version, "authLevel: 'anonymous'", "authLevel: 'function'");
  const before = await standing(fleet);
  for (const how of [['--yes'], ['--dry-run']]) {
    const { code, stderr } = await fleet.cli('migrate', 'm1', ...how);
    expect(code, stderr).toBe(5);
    expect(stderr).toContain('services.m1.keys is missing: version would answer 401 to everybody');
    expect(stderr).toContain('--without-keys');
  }
  expect(await standing(fleet)).toEqual(before);
  const dry = await fleet.cli('migrate', 'm1', '--dry-run', '--without-keys');
  expect(dry.code, dry.stderr).toBe(0);
});

test.each([
  ['ahead', 180_000],
  ['behind', -600_000],
])(
  'with the clock of the operator %s, the gate judges what the new side answered in each step, and nothing older',
  async (_what, aheadMs) => {
    // The breach of the test before is within the last ten minutes.
    const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/status?stadiumId=rabat' }], perSecond: 50 });
    const there = (...args: string[]) =>
      cli([...args, '--json'], { cwd: fleet.dir, env: { ...fleet.env, ...withClock(aheadMs) } });
    const result = await there('migrate', 'm1', '--yes');
    const shown = await there('migrate', 'status', 'm1');
    await fleet.ok('migrate', 'rollback', 'm1', '--yes');
    expect(failures(await load.stop())).toEqual([]);
    expect(result.code, result.stderr).toBe(0);
    const { cutover } = JSON.parse(result.stdout) as MigrateResult;
    expect(cutover.map(({ percent }) => percent)).toEqual([10, 50, 100]);
    for (const { seen } of cutover) expect(seen).toMatch(/vm [1-9]\d* requests, 0 errors/);
    const { stats, since } = JSON.parse(shown.stdout) as MigrateStatus;
    expect(stats.placements.vm?.requests).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(since) - Date.now())).toBeLessThan(120_000);
  },
);

test('without traffic the gate cannot be judged: it never passes, and goes back', async () => {
  const result = await fleet.cli('migrate', 'm1', '--yes', '--hold', '500ms', '--json');
  expect(result.code).toBe(6);
  expect(failureOf(result).message).toMatch(/^vm at 10 % could not be judged within .*: 0 of 3 answers needed/);
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect(JSON.parse((await standing(fleet)).route)).toMatchObject({ placement: 'azure' });
});
