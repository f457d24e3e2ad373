import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { RollbackResult } from '../../src/operations/migrate/rollback.js';
import { lastRun, useApp } from '../helpers/app.js';
import type { LiveCli } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { until } from '../helpers/until.js';

/** Longer than the requests that are to be answered, also when the first worker is told to end at once. */
const DRAIN = '12s';
const work = { paths: [{ path: '/api/flow/work/load?ms=40' }], perSecond: 50, keepAlive: false };

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startFleet({
    file: (text) => text.replace(/(vm: .*port: \d+) }/, `$1, instances: 2, drain: ${DRAIN} }`),
  });
  await useApp(fleet, 'works-long');
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 10 });
  await fleet.ok('migrate', 'm1', '--to', 'vm', '--steps', '100', '--yes').finally(() => load.stop());
}, 300_000);
afterAll(() => fleet?.stop());

const ran = async (id: string): Promise<string[]> => {
  const text = await readFile(join(fleet.home('app-1'), 'work.log'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line.endsWith(` ${id}`));
};

/** A request that runs for so long, once it has begun. */
async function begun(id: string, ms: number, method = 'GET'): Promise<{ status: Promise<number> }> {
  const status = fetch(`${fleet.base}/api/flow/work/${id}?ms=${ms}`, { method }).then(
    (answer) => answer.text().then(() => answer.status),
    () => 0,
  );
  await until(`${id} to run`, () => ran(id).then((lines) => lines.length === 1), 20_000);
  return { status };
}

const pids = async (): Promise<Set<number>> => {
  const asked = await Promise.all(
    Array.from({ length: 30 }, () =>
      fetch(`http://127.0.0.1:${fleet.ports.vm}/_fanops/health`, { headers: { connection: 'close' } }),
    ),
  );
  return new Set(await Promise.all(asked.map(async (answer) => ((await answer.json()) as { pid: number }).pid)));
};

/** Kills a worker in the middle of a load of safe requests. @returns what failed */
async function killUnderLoad(): Promise<unknown[]> {
  const [pid = 0] = await pids();
  const load = startLoad({ base: fleet.base, ...work });
  await until('a load', () => load.samples.length > 50, 20_000);
  process.kill(pid, 'SIGKILL');
  await until(
    'another worker',
    () =>
      pids().then(
        (now) => now.size > 0 && !now.has(pid),
        () => false,
      ),
    60_000,
  );
  const before = load.samples.length;
  await until('more load', () => load.samples.length > before + 100, 20_000);
  return failures(await load.stop());
}

/** Starts a deploy and waits until PM2 begins to swap the workers. */
async function deploying(): Promise<LiveCli> {
  const live = fleet.start('deploy', 'm1', '--yes', '--json');
  await live.event((event) => JSON.stringify(event).includes('swapping the workers'));
  return live;
}

test('requests under way during a deploy are answered whole and run once; what outlasts the drain is cut, run once and counted in the result', async () => {
  const long = await begun('long', 200_000);
  const live = await deploying();
  const [get, post] = await Promise.all([begun('get', 6_000), begun('post', 6_000, 'POST')]);
  const { code, stdout } = await live.ended;
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as DeployResult).cut).toBe(1);
  expect(await Promise.all([get.status, post.status, long.status])).toEqual([200, 200, 502]);
  expect(await Promise.all(['get', 'post', 'long'].map(ran))).toEqual([['GET get'], ['POST post'], ['GET long']]);
});

test('Ctrl-C while a deploy waits for a request is safe: the request is answered, and the run ends or can be resumed', async () => {
  const live = await deploying();
  const get = await begun('interrupted', 8_000);
  await live.event((event) => JSON.stringify(event).includes('waiting for 1 request under way'));
  live.child.kill('SIGINT');
  const { code } = await live.ended;
  expect(await get.status).toBe(200);
  expect(await ran('interrupted')).toHaveLength(1);
  if (code !== 0) await fleet.ok('runs', 'resume', (await lastRun(fleet))?.id ?? '');
  expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
});

test('kill -9 of one of two workers under load loses no safe request', async () => {
  expect(await killUnderLoad()).toEqual([]);
});

test('kill -9 of the only worker under load loses no safe request', async () => {
  const file = join(fleet.dir, 'fanops.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('instances: 2', 'instances: 1'));
  await fleet.ok('deploy', 'm1', '--yes');
  expect(await pids()).toHaveProperty('size', 1);
  expect(await killUnderLoad()).toEqual([]);
});

test('a rollback of a migration lets requests under way finish before the side is stopped', async () => {
  const get = await begun('back', 4_000);
  const result = await fleet.json<RollbackResult>('migrate', 'rollback', 'm1', '--yes');
  expect(await get.status).toBe(200);
  expect(await ran('back')).toHaveLength(1);
  expect(result.cut).toBe(0);
});
