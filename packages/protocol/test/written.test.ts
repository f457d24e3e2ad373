import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { held, sharedBundle } from '../../router/test/held.js';
import { named } from '../../router/test/helpers.js';
import { listApps } from '../../../src/remote/pm2.js';
import { askHealth, serviceEcosystem } from '../../../src/remote/release.js';
import { armWatchdog, disarmWatchdog, renewWatchdog } from '../../../src/remote/watchdog.js';
import * as protocol from '../src/index.js';
import { decode, decodeValue, PROTOCOL_VERSION, type Schema } from '../src/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const host = join(root, 'packages/functions-host/dist/bundle/functions-host.cjs');
const app = join(root, 'packages/functions-host/test/fixtures/cluster');
const router = sharedBundle();
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'fanops-written-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What a schema reads of a text is all that stands there. */
function expectWhole(schema: Schema<unknown>, text: string): void {
  expect(decode(schema, text)).toEqual(JSON.parse(text));
}

test('all that the router writes and prints is read whole, and names the revision', async () => {
  const { url } = await named('vm');
  const route = { service: 'm1', version: 1, fence: 1, path: '/api', placements: [{ name: 'vm', url, weight: 100 }] };
  const wire = await held(router(), 'embedded', [route]);
  await fetch(`${wire.url}/api`);
  const read = (name: string): string => readFileSync(join(wire.dir, name), 'utf8');
  expectWhole(protocol.appliedState, read('applied.json'));
  expectWhole(protocol.holderState, read('holder.json'));
  writeFileSync(join(wire.dir, 'next.json'), JSON.stringify({ ...route, placement: 'vm', run: 'R1', at: 'now' }));
  const dead = { ...route, placements: [{ name: 'vm', url: 'http://127.0.0.1:1', weight: 100 }] };
  writeFileSync(join(wire.dir, 'dead.json'), JSON.stringify(dead));
  for (const [schema, code, ...args] of [
    [protocol.appliedReply, 0, 'applied'],
    [protocol.logMark, 0, 'stats', '--mark'],
    [protocol.routerStats, 0, 'stats', '--since', '2020-01-01T00:00:00Z'],
    [protocol.probeReply, 0, 'probe'],
    [protocol.putReply, 0, 'put', '--service', 'm1', '--file', join(wire.dir, 'next.json')],
    [protocol.probeReply, 4, 'put', '--service', 'm1', '--file', join(wire.dir, 'dead.json')],
  ] as const) {
    const done = await wire.cli(...args);
    expect([args, done.code]).toEqual([args, code]);
    expectWhole(schema, done.out);
    expect([args, protocol.protocolOf(JSON.parse(done.out))]).toEqual([args, PROTOCOL_VERSION]);
  }
  expectWhole(protocol.recordedRoute, read('routes/m1.json'));
  expect(protocol.decode(protocol.holderState, read('holder.json')).protocol).toBe(PROTOCOL_VERSION);
});

test('also where the router fails, it names the revision, so that a CLI that asks for what it does not know learns why', () => {
  for (const args of [['nonsense'], ['applied', '--dir', dir], ['probe', '--unheard-of']]) {
    const { status, stdout } = spawnSync(process.execPath, [router(), ...args], { encoding: 'utf8' });
    expect([args, status === 0, protocol.protocolOf(JSON.parse(stdout))]).toEqual([args, false, PROTOCOL_VERSION]);
  }
});

test('the analysis, the health and the report of a shutdown of the functions host are read whole', async () => {
  const analysed = spawnSync(process.execPath, [host, '--analyse', '--json', '--root', app], { encoding: 'utf8' });
  expectWhole(protocol.analysis, analysed.stdout);
  const state = join(dir, 'state');
  const child = spawn(process.execPath, [host, '--root', app, '--port', '0', '--state', state], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const url = await new Promise<string>((resolve) =>
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, ready] = /^ready (\S+)$/m.exec(text) ?? [];
      if (ready) resolve(ready);
    }),
  );
  const [command = '', ...args] = askHealth('127.0.0.1', Number(new URL(url).port));
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  const { status, body } = decode(protocol.healthAnswer, stdout);
  expect(status).toBe(200);
  expectWhole(protocol.health, body);
  expect(decode(protocol.health, body).protocol).toBe(PROTOCOL_VERSION);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  const [report = ''] = readdirSync(join(state, 'shutdown')).filter((name) => name.endsWith('.json'));
  expectWhole(protocol.shutdown, readFileSync(join(state, 'shutdown', report), 'utf8'));
});

test('the trial of a release prints a report that is read whole, with what the probe of the router found', () => {
  const runtime = join(dir, 'runtime');
  mkdirSync(runtime);
  cpSync(join(root, 'templates/smoke.mjs'), join(runtime, 'smoke.mjs'));
  cpSync(join(root, 'packages/router/dist/bundle/trial-probe.cjs'), join(runtime, 'trial-probe.cjs'));
  const placements = [{ name: 'vm', url: 'http://127.0.0.1:1', weight: 0 }];
  const question: protocol.TrialQuestion = {
    route: { service: 'm1', path: '/', placements },
    placement: 'vm',
    tls: false,
  };
  writeFileSync(join(runtime, 'question.json'), JSON.stringify(question));
  const args = ['smoke.mjs', '--probe', 'question.json', '20000', host, '--root', app, '--port', '0', '--state', dir];
  const { stdout } = spawnSync(process.execPath, args, { cwd: runtime, encoding: 'utf8' });
  const report = stdout.trim().split('\n').at(-1) ?? '';
  expectWhole(protocol.trialReport, report);
  expect(decode(protocol.trialReport, report)).toMatchObject({ ok: true, probe: { service: 'm1', placement: 'vm' } });
});

test('the ecosystem file of a service, and the list of PM2 cut down on the host, are read whole', () => {
  const process_ = {
    service: 'm1',
    release: 'r1',
    home: '/home/a',
    port: 3000,
    address: '::1',
    instances: 2,
    keys: true,
  };
  expectWhole(protocol.ecosystemFile, serviceEcosystem({ ...process_, drainMs: 1000 }));
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const env = { status: 'online', exec_mode: 'fork_mode', restart_time: 0, unstable_restarts: 0, pm_uptime: 1 };
  const list = JSON.stringify([
    { name: 'm1', pid: 4, pm_id: 0, monit: { memory: 5 }, pm2_env: { ...env, pm_exec_path: '/x' } },
    { name: '_old_m1', pid: 5, pm_id: '_old_0', monit: {}, pm2_env: { ...env, status: 'stopping' } },
  ]);
  writeFileSync(join(bin, 'pm2'), `#!/bin/sh\ncat <<'END'\n${list}\nEND\n`, { mode: 0o755 });
  const [command = '', ...args] = listApps();
  const PATH = `${bin}:${process.env.PATH ?? ''}`;
  const { stdout } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  expectWhole(protocol.pm2Processes, stdout);
});

test("the watchdog's scripts say what the schemas know", () => {
  const say = (argv: string[]): string => {
    const [command = '', ...args] = argv;
    return spawnSync(command, args, { cwd: dir, encoding: 'utf8' }).stdout.trim();
  };
  const lease = (): unknown => decodeValue(protocol.watchdogLease, say(renewWatchdog('m1')));
  const [made = ''] = armWatchdog('m1', 60_000, ['true']).slice(4);
  mkdirSync(join(dir, made), { recursive: true });
  expect(lease()).toBe('gone');
  cpSync(join(root, 'templates/watchdog.sh'), join(dir, made, 'watchdog.sh'));
  say(armWatchdog('m1', 60_000, ['true']));
  expect(lease()).toBe('renewed');
  writeFileSync(join(dir, made, 'fired'), '');
  expect(lease()).toBe('fired');
  expect(decodeValue(protocol.watchdogEnd, say(disarmWatchdog('m1')))).toBe('fired');
  expect(decodeValue(protocol.watchdogEnd, say(disarmWatchdog('m1')))).toBe('disarmed');
});
