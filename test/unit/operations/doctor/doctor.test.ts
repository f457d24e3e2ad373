import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createContext, type Context } from '../../../../src/context.js';
import { RemoteError } from '../../../../src/core/errors.js';
import { doctor, type DoctorResult } from '../../../../src/operations/doctor/doctor.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { createLocalTransport } from '../../../../src/transports/local.js';
import { trustEnv } from '../../../helpers/cli.js';
import { withTransport } from '../../../helpers/host-context.js';

let dir: string;
let server: Server;
let status = 200;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-'));
  status = 200;
  server = createServer((_request, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

interface World {
  env?: NodeJS.ProcessEnv;
  version?: string;
  /** Milliseconds that this machine's clock is ahead. */
  ahead?: number;
  transport?: Transport;
}

/** A look at the fleet of a text; host `vm` is this machine, reached without SSH. */
async function look(
  text: string | undefined,
  { env = {}, version = '0.1.0', ahead = 0, transport = createLocalTransport('vm') }: World = {},
): Promise<DoctorResult> {
  if (text !== undefined) writeFileSync(join(dir, 'fanops.yaml'), text);
  const made = createContext({
    cwd: dir,
    env: { PATH: process.env.PATH, ...trustEnv(), ...env },
    version,
    listener: () => undefined,
    signal: new AbortController().signal,
  });
  const ctx: Context = {
    ...withTransport(made, async () => transport),
    io: { ...made.io, clock: { ...made.io.clock, now: () => Date.now() + ahead } },
  };
  return doctor(ctx).finally(() => ctx.dispose());
}

const find = (result: DoctorResult, id: string) => result.checks.find((check) => check.id === id);
const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const fleet = (more = ''): string => `fleet: shop
hosts:
  vm: { address: 127.0.0.1, roles: [app] }
services:
  m1:
    source: ./m1
${more}    placements:
      azure: { platform: azure-functions, url: "${base()}" }
      vm: { platform: pm2, host: vm, port: 3000 }
`;

function source(lock: boolean): void {
  mkdirSync(join(dir, 'm1'), { recursive: true });
  writeFileSync(join(dir, 'm1', 'package.json'), '{}');
  if (lock) writeFileSync(join(dir, 'm1', 'package-lock.json'), '{}');
}

test('no fleet file: this machine is looked at, the rest is skipped', async () => {
  const result = await look(undefined);
  expect(find(result, 'here/node')).toMatchObject({ state: 'ok', detail: process.version });
  expect(find(result, 'here/npm')).toMatchObject({ state: 'ok' });
  expect(find(result, 'fleet/file')).toMatchObject({ state: 'fail', fix: 'fanops init' });
  expect(find(result, 'fleet/rest')?.state).toBe('skipped');
  expect(result.sum).toEqual({
    ok: result.checks.filter(({ state }) => state === 'ok').length,
    warn: result.sum.warn,
    fail: 1,
    skipped: 3,
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('a fleet file that is wrong is a failing check that says where', async () => {
  const result = await look(fleet().replace('source:', 'sorce:'));
  expect(find(result, 'fleet/file')?.detail).toContain('Did you mean "source"?');
  expect(find(result, 'fleet/file')?.fix).toMatch(/^Put .*fanops\.yaml:\d+:\d+ right\.$/);
});

test('a fleet file for another version', async () => {
  const result = await look(`fanops: "^9"\n${fleet()}`);
  expect(find(result, 'fleet/file')?.state).toBe('ok');
  expect(find(result, 'fleet/version')).toMatchObject({
    state: 'fail',
    fix: 'Install one that fits: npm install -g fanops@"^9"',
  });
});

test('a fleet that is in order', async () => {
  source(true);
  const result = await look(fleet('    settings: { STORE: env:STORE, PLAIN: "1" }\n    keys: file:m1/package.json\n'), {
    env: { STORE: 'AccountKey=planted' },
  });
  const bad = result.checks.filter(({ state, id }) => state !== 'ok' && id !== 'here/ssh');
  expect(bad.filter(({ id }) => id !== 'host/vm/tools')).toEqual([]);
  expect(result.checks.map(({ id }) => id)).toEqual([
    'here/node',
    'here/npm',
    'here/ssh',
    'fleet/file',
    'fleet/version',
    'here/state',
    'here/cache',
    'secret/m1/settings.STORE',
    'secret/m1/keys',
    'source/m1',
    'host/vm/provisioned',
    'host/vm/ssh',
    'host/vm/tools',
    'host/vm/clock',
    'host/vm/standing',
    'host/vm/logs',
    'placement/m1/azure',
  ]);
  expect(find(result, 'placement/m1/azure')?.detail).toBe(`${base()}/ answers 200`);
  expect(JSON.stringify(result)).not.toContain('planted');
});

test('each thing that is wrong says how it is mended', async () => {
  source(false);
  status = 503;
  const result = await look(fleet('    settings: { STORE: env:STORE, EMPTY: "cmd:true" }\n'));
  expect(find(result, 'secret/m1/settings.STORE')).toMatchObject({
    state: 'fail',
    fix: 'Set STORE and run the command again.',
  });
  expect(find(result, 'secret/m1/settings.EMPTY')).toMatchObject({ state: 'warn', detail: 'cmd:true is empty' });
  expect(find(result, 'source/m1')).toMatchObject({
    state: 'warn',
    fix: `npm install --package-lock-only --prefix ${join(dir, 'm1')}`,
  });
  expect(find(result, 'placement/m1/azure')).toMatchObject({ state: 'warn', detail: `${base()}/ answers 503` });
  const mends = result.checks.filter(({ state }) => state === 'fail' || state === 'warn');
  expect(mends.every(({ fix }) => (fix ?? '') !== '')).toBe(true);
});

test('a source that is not there, and an address where nobody listens', async () => {
  const text = fleet();
  await new Promise((resolve) => server.close(resolve));
  const result = await look(text);
  expect(find(result, 'source/m1')).toMatchObject({ state: 'fail' });
  expect(find(result, 'placement/m1/azure')?.detail).toContain('does not answer: ECONNREFUSED');
  server = createServer().listen(0);
});

test.each([
  ['behind', 3_600_000],
  ['ahead of', -3_600_000],
])('a host whose clock is an hour %s this machine', async (word, ahead) => {
  const result = await look(fleet(), { ahead });
  expect(find(result, 'host/vm/clock')).toMatchObject({
    state: 'warn',
    detail: `3600 s ${word} this machine`,
    fix: 'fanops exec vm -- sudo timedatectl set-ntp true',
  });
});

test('a host that does not answer: what needs it is skipped', async () => {
  const down = {
    ...createLocalTransport('vm'),
    run: async () => {
      throw new RemoteError('vm does not answer.', { host: 'vm', code: 'UNREACHABLE', hint: 'Is it running?' });
    },
  };
  const result = await look(
    fleet().replace('[app]', '[app, router]').replace('services:', 'router: { host: vm, listen: 80 }\nservices:'),
    {
      transport: down,
    },
  );
  expect(find(result, 'host/vm/ssh')).toMatchObject({
    state: 'fail',
    detail: 'vm does not answer.',
    fix: 'Is it running?',
  });
  for (const id of ['host/vm/tools', 'host/vm/clock', 'router/running', 'router/routes'])
    expect(find(result, id)?.state).toBe('skipped');
});

test('logs that have grown beyond what rotation leaves are named with their size', async () => {
  const here = createLocalTransport('vm');
  const large: Transport = {
    ...here,
    run: async (command, options) =>
      command.argv.includes('log-sizes')
        ? { code: 0, stdout: '2048\tfanops/router\n3072000\tfanops/services/m1/logs\n', stderr: '' }
        : here.run(command, options),
  };
  expect(find(await look(fleet(), { transport: large }), 'host/vm/logs')).toMatchObject({
    state: 'warn',
    detail: 'fanops/services/m1/logs has 3000 MiB',
  });
});

test('a machine that only lacks PM2 is told how to get it', async () => {
  const here = createLocalTransport('vm');
  const bare: Transport = {
    ...here,
    run: async () => ({
      code: 0,
      stdout: 'home=/h\nuser=ada\nsystem=Linux\nnode=v24.0.0\nnpm=11\npm2=\ntar=/bin/tar\nfreeKb=9999999\n',
      stderr: '',
    }),
  };
  expect(find(await look(fleet(), { transport: bare }), 'host/vm/tools')).toMatchObject({
    state: 'fail',
    detail: 'Host vm lacks PM2.',
    fix: 'fanops host bootstrap vm',
  });
});
