import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { newKeyPair } from '../../src/providers/local/keys.js';
import { lastRun, standing, useApp, weights } from '../helpers/app.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { freePorts } from '../helpers/ports.js';
import { isAlive } from '../helpers/processes.js';
import { smallDisk } from '../helpers/small-disk.js';
import { until } from '../helpers/until.js';

let fleet: TestFleet;
let silent: Server;
let closed: number;
const sockets = new Set<Socket>();
beforeAll(async () => {
  [closed = 0] = await freePorts(1);
  silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const { port } = silent.address() as { port: number };
  fleet = await startFleet({
    file: (text) =>
      text
        .replace(
          '  router-1:',
          `  down-1: { address: 127.0.0.1, port: ${closed}, user: x, identity: h/test/id_ed25519, roles: [app] }\n  mute-1: { address: 127.0.0.1, port: ${port}, user: x, identity: h/test/id_ed25519, roles: [app] }\n  router-1:`,
        )
        .replace('    parity:', '      far: { platform: pm2, host: down-1, port: 3999 }\n    parity:'),
  });
});
afterAll(async () => {
  sockets.forEach((socket) => socket.destroy());
  silent?.close();
  await fleet?.stop();
});

const hostFile = (name: string): string => join(fleet.dir, 'h/test/app-1', name);

/** Ends the SSH server of app-1, so that `host provision` starts another one. */
async function endServer(): Promise<void> {
  const { pid } = JSON.parse(await readFile(hostFile('server.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await until('the SSH server to end', () => !isAlive(pid));
}

test('a host that refuses or does not answer is told with its address, and no run begins', async () => {
  const before = [await standing(fleet), (await lastRun(fleet))?.id];
  const down = await fleet.cli('migrate', 'm1', '--to', 'far', '--yes');
  expect(down.code, down.stderr).toBe(1);
  expect(down.stderr).toContain(`down-1 (127.0.0.1:${closed}) cannot be reached`);
  expect([await standing(fleet), (await lastRun(fleet))?.id]).toEqual(before);
  const mute = await fleet.cli('exec', 'mute-1', '--', 'true');
  expect(mute.code, mute.stderr).toBe(1);
  expect(mute.stderr).toMatch(/mute-1 \(127\.0\.0\.1:\d+\).*within \d+/);
});

test('a local host that is stopped is named with the command that starts it', async () => {
  await endServer();
  const { code, stderr } = await fleet.cli('migrate', 'm1', '--to', 'vm', '--yes');
  expect(code).toBe(5);
  expect(stderr).toContain('Host app-1 is stopped.');
  expect(stderr).toContain('fanops host provision app-1');
  await fleet.ok('host', 'provision', 'app-1', '--yes');
});

test('a host that shows another key than the known one is refused, with both fingerprints', async () => {
  await fleet.ok('exec', 'app-1', '--', 'true');
  const key = await readFile(hostFile('ssh_host_ed25519_key'));
  await writeFile(hostFile('ssh_host_ed25519_key'), newKeyPair('another').private, { mode: 0o600 });
  await endServer();
  const started = await fleet.cli('host', 'provision', 'app-1', '--yes');
  expect(started.code, started.stderr).not.toBe(0);
  for (const args of [
    ['migrate', 'm1', '--to', 'vm', '--yes'],
    ['exec', 'app-1', '--', 'true'],
  ]) {
    const { code, stderr } = await fleet.cli(...args);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('The SSH host app-1 ([127.0.0.1]:');
    expect(stderr).toContain('shows another key than the known one.');
    const [, shown] = /shown: ssh-ed25519 (SHA256:\S+)/.exec(stderr) ?? [];
    const [, known] = /known: ssh-ed25519 (SHA256:\S+)/.exec(stderr) ?? [];
    expect(shown).toMatch(/^SHA256:.{43}$/);
    expect(known).toMatch(/^SHA256:.{43}$/);
    expect(shown).not.toBe(known);
  }
  await writeFile(hostFile('ssh_host_ed25519_key'), key, { mode: 0o600 });
  await endServer();
  await fleet.ok('host', 'provision', 'app-1', '--yes');
});

test('a full disk on the host is told as such, and the run goes on when there is room again', async (context) => {
  const dir = join(fleet.home('app-1'), 'fanops/services');
  await mkdir(dir, { recursive: true });
  const disk = smallDisk(dir);
  context.skip(!disk, 'a small disk cannot be mounted here: that takes root, or sudo without a password');
  try {
    const { code, stderr } = await fleet.cli('migrate', 'm1', '--to', 'vm', '--yes', '--hold', '500ms');
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/app-1.*(?:the disk is full|No space left on device)/);
    expect(stderr).toContain('fanops runs resume');
  } finally {
    disk?.unmount();
  }
  const run = (await lastRun(fleet))?.id ?? '';
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 30 });
  await fleet.ok('runs', 'resume', run);
  expect(failures(await load.stop())).toEqual([]);
});

test('the disk of the control machine fills while traffic is shifted: users are sent where somebody answers, and the run goes on', async (context) => {
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  const state = join(fleet.dir, '.fanops');
  const kept = await mkdtemp(join(fleet.dir, 'kept-'));
  await cp(state, kept, { recursive: true });
  const disk = smallDisk(state, '3m', '0755');
  context.skip(!disk, 'a small disk cannot be mounted here: that takes root, or sudo without a password');
  try {
    await cp(kept, state, { recursive: true });
    const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 30 });
    const live = fleet.start('migrate', 'm1', '--to', 'vm', '--yes', '--hold', '2s');
    await live.event((event) => event.type === 'step.done' && event.id === 'cutover/10');
    disk?.fill();
    const { code, stderr } = await live.ended;
    expect(code, stderr).not.toBe(0);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/The disk of this machine is full: \S+runs\.db cannot be written/);
    expect(stderr).toContain('fanops runs resume');
    expect(await weights(fleet)).toMatchObject({ azure: 100, vm: 0 });
    disk?.free();
    const copies = join(state, 'cache/apps');
    for (const number of [1, 2, 3, 4, 5]) await mkdir(join(copies, `m1-000000000000000${number}`), { recursive: true });
    const run = (await lastRun(fleet))?.id ?? '';
    await fleet.ok('runs', 'resume', run);
    expect(failures(await load.stop())).toEqual([]);
    expect(await weights(fleet)).toMatchObject({ azure: 0, vm: 100 });
    // A run that succeeded leaves three copies of an app in the cache.
    expect(await readdir(copies)).toHaveLength(3);
    await cp(state, kept, { recursive: true });
  } finally {
    disk?.unmount();
    await cp(kept, state, { recursive: true });
    await rm(kept, { recursive: true, force: true });
  }
});

test('a deploy that never gets ready, or that only dies under PM2, leaves or puts back the release before', async () => {
  const before = (await fleet.json<StatusResult>('status')).services[0];
  expect(before?.placement).toBe('vm');
  for (const [fixture, said, allowed] of [
    ['never-ready', 'waiting for the plan of the stadium', 0],
    ['dies-as-a-worker', 'worker 0 finds no seat', 0],
    ['dies-under-pm2', 'worker 0 finds no seat', 0],
  ] as const) {
    await useApp(fleet, fixture);
    const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 30 });
    const started = Date.now();
    const { code, stderr } = await fleet.cli('deploy', 'm1', '--yes');
    const took = Date.now() - started;
    const samples = await load.stop();
    const failed = failures(samples);
    console.log(
      `${fixture}: ${failed.length} of ${samples.length} requests failed; the deploy took ${(took / 1000).toFixed(1)} s`,
    );
    expect(code, stderr).toBe(1);
    expect(stderr).toContain(said);
    expect(failed.length).toBeLessThanOrEqual(allowed);
    expect((await fleet.json<StatusResult>('status')).services[0]).toMatchObject({
      release: before?.release,
      placement: 'vm',
    });
    expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
    await fleet.ok('runs', 'undo', (await lastRun(fleet))?.id ?? '', '--yes');
    expect((await fleet.json<StatusResult>('status')).services[0]?.release).toBe(before?.release);
  }
  const moved = await fleet.json<MigrateResult>('migrate', 'm1', '--to', 'vm', '--yes');
  expect(moved.changed).toBe(false);
});
