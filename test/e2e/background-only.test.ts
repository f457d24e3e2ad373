import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FinishResult } from '../../src/operations/migrate/finish.js';
import type { LogsResult } from '../../src/operations/service/logs.js';
import type { MigrateStatus } from '../../src/operations/migrate/status.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { ROOT, trustEnv } from '../helpers/cli.js';
import { FileFleet } from '../helpers/file-fleet.js';
import { SHORT_TIMING } from '../helpers/fleet.js';
import { freePorts } from '../helpers/ports.js';
import { sampleModules } from '../helpers/sample-modules.js';
import { until } from '../helpers/until.js';

let fleet: FileFleet;
let ticks: string;

/** A timer that writes down each second which release it belongs to. */
const TICKER = `
const { app } = require('@azure/functions');
const { appendFileSync } = require('node:fs');
app.timer('tick', {
  schedule: '* * * * * *',
  handler: (timer, context) => {
    context.log('tick of ' + __dirname);
    appendFileSync(process.env.TICKS, Date.now() + ' ' + __dirname + '\\n');
  },
});
`;

beforeAll(async () => {
  const [port, port2] = await freePorts(2);
  fleet = new FileFleet('background', '', trustEnv());
  ticks = join(fleet.dir, 'ticks');
  await writeFile(ticks, '');
  const worker = join(fleet.dir, 'worker');
  await cp(join(ROOT, 'examples/can2025/m1'), worker, {
    recursive: true,
    filter: (path) => !/node_modules|m1\/src|m1\/dist/.test(path),
  });
  await symlink(await sampleModules(), join(worker, 'node_modules'));
  await rm(join(worker, 'src'), { recursive: true, force: true });
  await mkdir(join(worker, 'functions'));
  await writeFile(join(worker, 'functions/tick.js'), TICKER);
  const { scripts: _scripts, ...manifest } = JSON.parse(await readFile(join(worker, 'package.json'), 'utf8')) as {
    scripts?: object;
  };
  await writeFile(
    join(worker, 'package.json'),
    JSON.stringify({ ...manifest, type: 'commonjs', main: 'functions/*.js' }),
  );
  fleet.write(`
fleet: background
${SHORT_TIMING}
providers: { local: { root: h } }
hosts:
  app-1: { provider: local, roles: [app] }
  app-2: { provider: local, roles: [app] }
services:
  worker:
    source: ./worker
    settings: { TICKS: ${ticks} }
    placements:
      azure: { platform: azure-functions, url: 'https://worker.invalid' }
      vm: { platform: pm2, host: app-1, port: ${port} }
      vm2: { platform: pm2, host: app-2, port: ${port2} }
`);
  await fleet.ok('host', 'provision', '--all', '--yes');
}, 180_000);
afterAll(() => fleet?.stop());

/** On which hosts the timer ran in the last seconds, by the folder of its app. */
async function working(since = Date.now() - 3000): Promise<string[]> {
  const lines = (await readFile(ticks, 'utf8')).trim().split('\n').filter(Boolean);
  const late = lines.filter((line) => Number(line.split(' ')[0]) > since);
  return [...new Set(late.map((line) => /\/(app-\d)\//.exec(line)?.[1] ?? line))].sort();
}

/** That the timer works on one host, and on it alone. */
async function worksOn(host: string): Promise<void> {
  const since = Date.now();
  await until(`ticks on ${host}`, async () => (await working(since)).includes(host), 20_000);
  expect(await working(since)).toEqual([host]);
}

const placed = async (): Promise<(string | undefined)[]> => {
  const { services } = await fleet.json<StatusResult>('status');
  return services.map(({ placement, previous }) => [placement, previous]).flat();
};

test(
  'a service that no route leads to moves to a host and on to another, and back, in a fleet without a router',
  { timeout: 240_000 },
  async () => {
    await fleet.ok('migrate', 'worker', '--to', 'vm', '--yes');
    await worksOn('app-1');
    expect(await placed()).toEqual(['vm', 'azure']);
    await fleet.ok('migrate', 'finish', 'worker', '--yes');
    await fleet.ok('migrate', 'worker', '--to', 'vm2', '--yes');
    await worksOn('app-2');
    expect(await placed()).toEqual(['vm2', 'vm']);
    await fleet.ok('migrate', 'rollback', 'worker', '--yes');
    await worksOn('app-1');
    const status = await fleet.json<MigrateStatus>('migrate', 'status', 'worker');
    expect([status.placement, status.previous, status.state]).toEqual(['vm', undefined, 'settled']);
  },
);

test('it is deployed, rolled back and logged where it is', { timeout: 120_000 }, async () => {
  const release = async () => (await fleet.json<StatusResult>('status')).services[0]?.release;
  const first = await release();
  await writeFile(join(fleet.dir, 'worker/new.txt'), 'another release');
  await fleet.ok('deploy', 'worker', '--yes');
  expect(await release()).not.toBe(first);
  await worksOn('app-1');
  await fleet.ok('deploy', 'rollback', 'worker', '--yes');
  expect(await release()).toBe(first);
  await worksOn('app-1');
  const { lines } = await fleet.json<LogsResult>('logs', 'worker');
  expect(lines.join('\n')).toContain('tick of');
});

test('its run can be undone, and a weight or a second rollback is refused', { timeout: 120_000 }, async () => {
  const { run } = await fleet.json<{ run: string }>('migrate', 'worker', '--to', 'vm2', '--yes');
  await worksOn('app-2');
  await fleet.ok('runs', 'undo', run, '--yes');
  await worksOn('app-1');
  expect(await placed()).toEqual(['vm', undefined]);
  const again = await fleet.cli('migrate', 'rollback', 'worker', '--yes');
  expect([again.code, again.stderr]).toEqual([5, expect.stringContaining('There is nothing to roll back')]);
});

test(
  'a finish goes without the host that was left when told to, whose timers are stopped when it is back; an earlier run is not undone under it',
  { timeout: 120_000 },
  async () => {
    const { run } = await fleet.json<{ run: string }>('migrate', 'worker', '--to', 'vm2', '--yes');
    await fleet.ok('host', 'stop', 'app-1', '--force', '--yes');
    const refused = await fleet.cli('migrate', 'finish', 'worker', '--yes');
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('--without app-1')]);
    const { notes } = await fleet.json<FinishResult>('migrate', 'finish', 'worker', '--without', 'app-1', '--yes');
    expect(notes).toEqual([expect.stringMatching(/^worker is not stopped on vm: .*fanops migrate rollback worker$/)]);
    expect(await placed()).toEqual(['vm2', undefined]);
    await fleet.ok('host', 'start', 'app-1', '--yes');
    const undo = await fleet.cli('runs', 'undo', run, '--yes');
    expect([undo.code, undo.stderr]).toEqual([5, expect.stringContaining(`came after run ${run}`)]);
    await fleet.ok('migrate', 'rollback', 'worker', '--yes');
    expect(await fleet.ok('exec', 'app-1', '--', 'pm2', 'jlist')).toContain('[]');
    await worksOn('app-2');
  },
);
