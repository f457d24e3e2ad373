import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { connectionString } from '../../scripts/lib/sample-fleet.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { containersOf, dockerMissing, removeLabelled, startEngineAlone, type TestEngine } from '../helpers/docker.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { makeMachineImage, MACHINE_IMAGE } from '../helpers/machine-image.js';
import { freePorts } from '../helpers/ports.js';
import { tcpProxy, type TcpProxy } from '../helpers/tcp-proxy.js';
import { GREETING, PAIR, WEB, webFleet, type Ports } from '../helpers/web-apps.js';

const missing = dockerMissing();
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

describe.skipIf(missing !== undefined)('platform docker and runtime web', () => {
  let engine: TestEngine;
  let fleet: TestFleet;
  let ports: Ports;
  const proxies: TcpProxy[] = [];

  beforeAll(async () => {
    engine = await startEngineAlone();
    makeMachineImage();
    const [box = 0, node = 0, python = 0, own = 0, pair = 0, second = 0] = await freePorts(6);
    ports = { box, node, python, own, pair, second };
    fleet = await startFleet({ file: (text) => webFleet(text, ports) });
    for (const [name, files] of Object.entries(WEB)) {
      mkdirSync(join(fleet.dir, name));
      for (const [file, content] of Object.entries(files)) writeFileSync(join(fleet.dir, name, file), content);
    }
    const keys = { masterKey: 'a-master-key-of-m1', functionKeys: { default: 'a-function-key-of-m1' }, systemKeys: {} };
    await writeFile(join(fleet.dir, 'keys.json'), JSON.stringify(keys), { mode: 0o600 });
    await appendFile(
      join(fleet.dir, 'm1/src/functions/version.js'),
      `console.log('the key is a-function-key-of-m1');\n`,
    );
    await fleet.ok('router', 'apply', '--yes');
    // Storage stands on this machine: containers reach it at the gateway of their engine, and so do processes.
    const gateway = docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', 'bridge');
    const { blob, queue, table } = fleet.ports;
    proxies.push(...(await Promise.all([blob, queue, table].map((port) => tcpProxy(port, undefined, gateway)))));
    const [b = 0, q = 0, t = 0] = proxies.map(({ port }) => port);
    const storage = connectionString({ blob: b, queue: q, table: t }).replaceAll('127.0.0.1', gateway);
    await writeFile(join(fleet.dir, 'storage-connection'), storage, { mode: 0o600 });
  }, 300_000);
  afterAll(async () => {
    removeLabelled('io.fanops.fleet=test');
    await fleet?.stop();
    for (const proxy of proxies) await proxy.close();
    await engine?.stop();
  }, 120_000);

  /** Requests on schedule while something happens. @returns those that got no good answer */
  async function underLoad(work: () => Promise<unknown>, path = '/api/flow/version'): Promise<unknown[]> {
    const load = startLoad({ base: fleet.base, paths: [{ path }], perSecond: 10, timeoutMs: 30_000 });
    await work();
    return failures(await load.stop());
  }
  const placed = async (name = 'm1') =>
    (await fleet.json<StatusResult>('status')).services.find((each) => each.name === name);
  /** Containers of a service that run, without the beginning of their names. */
  const running = (service: string): string[] =>
    containersOf({ 'io.fanops.service': service }).map((name) => name.replace(`fanops-${service}-`, ''));
  const migrate = (service: string, to: string) =>
    fleet.json<MigrateResult>('migrate', service, '--to', to, '--steps', '50,100', '--yes');

  test('a function app moves from Azure to a container, is deployed and rolled back, and no request is lost', async () => {
    let [first, second]: string[] = [];
    const lost = await underLoad(async () => {
      first = (await migrate('m1', 'box')).release;
      await writeFile(join(fleet.dir, 'm1/new.txt'), 'another release');
      second = (await fleet.json<DeployResult>('deploy', 'm1', '--yes')).release;
      expect(running('m1')).toEqual([second, expect.stringMatching(/^proxy-\d+$/)]);
      await fleet.ok('deploy', 'rollback', 'm1', '--yes');
    });
    expect(lost).toEqual([]);
    // Timers and queue triggers are on: the container is the one with all settings.
    expect(running('m1')).toEqual([first, expect.stringMatching(/^proxy-\d+$/)]);
    expect(await placed()).toMatchObject({ placement: 'box', release: first });
    expect(first).not.toBe(second);
  }, 300_000);

  test('its log is read, with those of the releases before and since a time, and without its function keys', async () => {
    const { lines } = await fleet.json<{ lines: string[] }>('logs', 'm1', '--lines', '5');
    expect(lines.length).toBeGreaterThan(0);
    const since = await fleet.json<{ lines: string[] }>('logs', 'm1', '--since', '10m', '--grep', 'Stopping');
    expect(since.lines.length).toBeGreaterThan(0);
    const keys = await fleet.json<{ lines: string[] }>('logs', 'm1', '--since', '10m', '--grep', 'the key is');
    expect(keys.lines.length).toBeGreaterThan(0);
    expect(keys.lines.join()).not.toContain('a-function-key-of-m1');
    expect(docker('exec', `fanops-m1-${running('m1')[0]}`, 'cat', '/run/fanops/keys.json')).toContain('of-m1');
  }, 60_000);

  test('a container of others with one of our names is refused before anything changes', async () => {
    const before = await placed();
    docker('create', '--name', 'fanops-m1-proxy', MACHINE_IMAGE, 'true');
    const refused = await fleet.cli('deploy', 'm1', '--yes', '--json');
    const doctor = await fleet.cli('doctor', '--json');
    docker('rm', 'fanops-m1-proxy');
    const { checks } = JSON.parse(doctor.stdout) as DoctorResult;
    const found = Object.fromEntries(checks.map(({ id, state, detail }) => [id, `${state}: ${detail}`]));
    expect(found['host/app-2/tools']).toMatch(/^ok: Docker \d+/);
    expect(found['host/app-2/standing']).toContain('the container fanops-m1-proxy is not one of');
    expect(refused.code).toBe(5);
    expect(refused.stderr + refused.stdout).toContain('NOT_OURS');
    expect(refused.stderr + refused.stdout).toContain('the container fanops-m1-proxy is not one of');
    expect(await placed()).toEqual(before);
  }, 60_000);

  test('a port that a program has which is no container is refused before anything changes', async () => {
    const program = createServer().listen(ports.python, '127.0.0.1');
    const refused = await fleet.cli('migrate', 'web-python', '--to', 'box', '--yes');
    program.close();
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringContaining(`Port ${ports.python} on app-2 is taken by another program.`),
    ]);
    expect(docker('image', 'ls', '--quiet', 'fanops/web-python')).toBe('');
  }, 60_000);

  test('a deploy that is killed in its swap is resumed, then undone, and no request is lost', async () => {
    await writeFile(join(fleet.dir, 'm1/new.txt'), 'a third release');
    const before = (await placed())?.release;
    const lost = await underLoad(async () => {
      const run = fleet.start('deploy', 'm1', '--yes');
      const begun = await run.event(({ type }) => type === 'run.started');
      await run.event((event) => event.type === 'step.progress' && event.message.includes('swapping it in'));
      run.child.kill('SIGKILL');
      await run.ended;
      const id = 'runId' in begun ? begun.runId : '';
      await fleet.ok('runs', 'resume', id);
      const now = (await placed())?.release ?? '';
      expect(now).not.toBe(before);
      expect(running('m1')).toEqual([now, expect.stringMatching(/^proxy-\d+$/)]);
      await fleet.ok('runs', 'undo', id, '--yes');
      expect(docker('image', 'ls', '--format', '{{.Tag}}', 'fanops/m1').split('\n')).not.toContain(now);
    });
    expect(lost).toEqual([]);
    expect(await placed()).toMatchObject({ release: before });
    expect(running('m1')).toEqual([before, expect.stringMatching(/^proxy-\d+$/)]);
  }, 300_000);

  test('it moves to PM2 on another host and back into a container, and no request is lost', async () => {
    const lost = await underLoad(async () => {
      expect(await migrate('m1', 'vm')).toMatchObject({ from: 'box', to: 'vm', changed: true });
      // Users may go back to it, and its background work is on the other side.
      expect(running('m1')).toEqual([expect.stringMatching(/-quiet$/), expect.stringMatching(/^proxy-\d+$/)]);
      await fleet.ok('migrate', 'finish', 'm1', '--yes');
      expect(running('m1')).toEqual([]);
      expect(await migrate('m1', 'box')).toMatchObject({ from: 'vm', to: 'box', changed: true });
      await fleet.ok('migrate', 'rollback', 'm1', '--yes');
    });
    expect(lost).toEqual([]);
    expect(await placed()).toMatchObject({ placement: 'vm' });
    expect(running('m1')).toEqual([]);
  }, 300_000);

  test('a web app in Node gets headers and settings as they are, and a deploy to another port cuts no request and repeats none', async () => {
    expect(await underLoad(() => migrate('web-node', 'box'), '/node/')).toEqual([]);
    const ask = (path: string, init: RequestInit = {}) => fetch(`${fleet.base}${path}`, init).then((got) => got.json());
    const { headers, greeting } = (await ask('/node/')) as { headers: Record<string, string>; greeting: string };
    expect(greeting).toBe(GREETING);
    expect(headers).toMatchObject({
      host: `127.0.0.1:${fleet.ports.router}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `127.0.0.1:${fleet.ports.router}`,
      'x-forwarded-port': String(fleet.ports.router),
    });
    const label = ['fleet=test', 'service=web-node', 'host=app-2', 'role=trial'].flatMap((each) => [
      '--label',
      `io.fanops.${each}`,
    ]);
    docker('run', '--detach', '--name', 'left-of-a-trial', ...label, MACHINE_IMAGE, 'sleep', '900');
    const slow = ask('/node/?ms=15000', { method: 'POST', body: 'x'.repeat(100_000) });
    await writeFile(join(fleet.dir, 'web-node/new.txt'), 'another release');
    // The port is another one from now on: what is under way ends where it came in.
    const [port = 0] = await freePorts(1);
    const file = join(fleet.dir, 'fanops.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(`port: ${ports.node},`, `port: ${port},`));
    expect(await fleet.json<DeployResult>('deploy', 'web-node', '--yes')).toMatchObject({ cut: 0 });
    expect(await slow).toMatchObject({ bytes: 100_000, posts: 1 });
    // What a trial that was killed left is gone, and so is the proxy at the port of before.
    expect(running('web-node')).toEqual([expect.stringMatching(/^\d{8}-/), `proxy-${port}`]);
    const { lines } = await fleet.json<{ lines: string[] }>('logs', 'web-node', '--grep', 'ms=15000', '--since', '5m');
    expect(lines).toHaveLength(1);
  }, 240_000);

  test('a release that does not come up is refused with its last lines, and the one before serves on', async () => {
    const before = running('web-node');
    const server = join(fleet.dir, 'web-node/server.js');
    const lost = await underLoad(async () => {
      await writeFile(server, 'throw new Error("no server today")');
      const broken = await fleet.cli('deploy', 'web-node', '--yes');
      expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('no server today')]);
    }, '/node/');
    expect(lost).toEqual([]);
    expect(running('web-node')).toEqual(before);
  }, 240_000);

  test('a server in Python, and one of its own Dockerfile, run as well, and one is deployed while it has a part of its users', async () => {
    expect(await underLoad(() => migrate('web-python', 'box'), '/python/')).toEqual([]);
    expect(await underLoad(() => migrate('web-own', 'box'), '/own/')).toEqual([]);
    const between = await underLoad(async () => {
      await fleet.ok('router', 'weight', 'web-own', 'box=60', 'old=40', '--yes');
      await writeFile(join(fleet.dir, 'web-own/new.txt'), 'another release');
      await fleet.ok('deploy', 'web-own', '--yes');
      await fleet.ok('router', 'weight', 'web-own', 'box=100', '--yes');
    }, '/own/');
    expect(between).toEqual([]);
    expect(await (await fetch(`${fleet.base}/python/`)).text()).toBe('hello from Python');
    expect(await (await fetch(`${fleet.base}/own/index.html`)).text()).toBe('hello from a file');
  }, 240_000);

  /** Containers of the service of several hosts that run for one of them, without the beginnings of their names. */
  const pairOn = (host: string): string[] =>
    containersOf({ 'io.fanops.service': PAIR, 'io.fanops.host': host, 'io.fanops.role': 'app' }).map((name) =>
      name.replace(/^.*?-(?=\d{8}-\d{6}-)/, ''),
    );
  const pairOnBoth = (): string[][] => [pairOn('app-2'), pairOn('app-3')];
  const deployPair = async (...flags: string[]): Promise<string> => {
    await writeFile(join(fleet.dir, PAIR, 'new.txt'), String(Math.random()));
    return (await fleet.json<DeployResult>('deploy', PAIR, ...flags, '--yes')).release;
  };

  test('a service moves to containers of two hosts, and one of them has its background work', async () => {
    let release: string | undefined;
    const lost = await underLoad(async () => {
      ({ release } = await migrate(PAIR, 'box'));
    }, '/pair/index.html');
    expect(lost).toEqual([]);
    expect(pairOnBoth()).toEqual([[release], [`${release}-quiet`]]);
  }, 240_000);

  test('a container that is down is told by doctor with the command that starts it again, which a deploy does', async () => {
    const standing = async () => {
      const { checks } = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
      return checks.find(({ id }) => id === 'host/app-3/standing');
    };
    const [release = ''] = pairOn('app-3');
    docker('stop', '--time', '1', `fanops-${PAIR}.app-3-${release}`);
    expect(await standing()).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining(`container fanops-${PAIR}.app-3-${release} is exited`) as string,
      fix: `fanops deploy ${PAIR}`,
    });
    const next = await deployPair();
    expect(pairOnBoth()).toEqual([[next], [`${next}-quiet`]]);
    expect(await standing()).toMatchObject({ state: 'ok', detail: PAIR });
  }, 240_000);

  test('a deploy goes without the host that had the background work, another one takes it over, and a deploy brings both level', async () => {
    const [[before = ''] = []] = pairOnBoth();
    await fleet.ok('host', 'stop', 'app-2', '--force', '--yes');
    expect((await fleet.cli('deploy', PAIR, '--yes')).code).toBe(5);
    const lost = await underLoad(async () => {
      const without = await deployPair('--without', 'app-2');
      expect(pairOnBoth()).toEqual([[before], [without]]);
      await fleet.ok('host', 'start', 'app-2', '--yes');
      const again = await deployPair();
      expect(pairOnBoth()).toEqual([[again], [`${again}-quiet`]]);
      await fleet.ok('deploy', 'rollback', PAIR, '--yes');
    }, '/pair/index.html');
    expect(lost).toEqual([]);
    const [[now = ''] = [], quiet] = pairOnBoth();
    expect(quiet).toEqual([`${now}-quiet`]);
  }, 240_000);

  test('a host that is destroyed takes along what it has on the engine, and nothing of others', async () => {
    await fleet.ok('migrate', 'rollback', PAIR, '--yes');
    expect(pairOnBoth()).toEqual([[], []]);
    const label = (host: string): string[] => [
      '--filter',
      `label=io.fanops.host=${host}`,
      '--filter',
      'label=io.fanops.fleet=test',
    ];
    const left = (host: string): string[] =>
      [docker('volume', 'ls', '--quiet', ...label(host)), docker('ps', '--all', '--quiet', ...label(host))].filter(
        Boolean,
      );
    docker('volume', 'create', `fanops-${PAIR}-of-somebody`);
    onTestFinished(() => void docker('volume', 'rm', `fanops-${PAIR}-of-somebody`));
    expect(left('app-3')).toEqual([`fanops-${PAIR}.app-3-state`]);
    const others = left('app-2');
    const shown = (await fleet.ok('host', 'destroy', 'app-3', '--dry-run')).stdout;
    expect(shown).toContain(`volume fanops-${PAIR}.app-3-state is removed`);
    await fleet.ok('host', 'destroy', 'app-3', '--yes');
    expect(left('app-3')).toEqual([]);
    expect(left('app-2')).toEqual(others);
    expect(docker('volume', 'ls', '--quiet')).toContain(`fanops-${PAIR}-of-somebody`);
  }, 120_000);
});
