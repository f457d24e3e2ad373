import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { connectionString } from '../../scripts/lib/sample-fleet.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { dockerMissing, startEngineAlone, type TestEngine } from '../helpers/docker.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { makeMachineImage, MACHINE_IMAGE } from '../helpers/machine-image.js';
import { freePorts } from '../helpers/ports.js';
import { tcpProxy, type TcpProxy } from '../helpers/tcp-proxy.js';

const missing = dockerMissing();
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** What a web app in Node tells of a request, so that it is seen what the proxies make of it. */
const NODE_APP = `
const { createServer } = require('node:http');
let posts = 0;
createServer((req, res) => {
  const wait = Number(new URL(req.url, 'http://x').searchParams.get('ms') ?? 0);
  if (req.method === 'POST') posts += 1;
  let bytes = 0;
  req.on('data', (chunk) => (bytes += chunk.length));
  req.on('end', () => setTimeout(() => {
    console.log('answers ' + req.url);
    res.end(JSON.stringify({ headers: req.headers, bytes, posts, greeting: process.env.GREETING }));
  }, wait));
}).listen(process.env.PORT, '0.0.0.0');
`;
const PYTHON_APP = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from Python")
http.server.HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
`;
const OWN_DOCKERFILE = `FROM ${MACHINE_IMAGE}
COPY index.html /www/index.html
EXPOSE 8000
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
`;
const GREETING = 'a "quoted" $value # with spaces ';

describe.skipIf(missing !== undefined)('platform docker and runtime web', () => {
  let engine: TestEngine;
  let fleet: TestFleet;
  const proxies: TcpProxy[] = [];

  beforeAll(async () => {
    engine = await startEngineAlone();
    makeMachineImage();
    const [box = 0, node = 0, python = 0, own = 0] = await freePorts(4);
    fleet = await startFleet({ file: (text) => fileOf(text, { box, node, python, own }) });
    for (const [name, files] of Object.entries(WEB)) {
      mkdirSync(join(fleet.dir, name));
      for (const [file, content] of Object.entries(files)) writeFileSync(join(fleet.dir, name, file), content);
    }
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
    for (const name of docker('ps', '--all', '--quiet', '--filter', 'label=io.fanops.fleet=test').split('\n'))
      if (name) docker('rm', '--force', name);
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
    docker('ps', '--filter', `label=io.fanops.service=${service}`, '--format', '{{.Names}}')
      .split('\n')
      .filter(Boolean)
      .map((name) => name.replace(`fanops-${service}-`, ''))
      .sort();
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

  test('its log is read, with those of the releases before and since a time', async () => {
    const { lines } = await fleet.json<{ lines: string[] }>('logs', 'm1', '--lines', '5');
    expect(lines.length).toBeGreaterThan(0);
    const since = await fleet.json<{ lines: string[] }>('logs', 'm1', '--since', '10m', '--grep', 'Stopping');
    expect(since.lines.length).toBeGreaterThan(0);
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
      await fleet.ok('migrate', 'finish', 'm1', '--yes');
      expect(running('m1')).toEqual([]);
      expect(await migrate('m1', 'box')).toMatchObject({ from: 'vm', to: 'box', changed: true });
      await fleet.ok('migrate', 'rollback', 'm1', '--yes');
    });
    expect(lost).toEqual([]);
    expect(await placed()).toMatchObject({ placement: 'vm' });
    expect(running('m1')).toEqual([]);
  }, 300_000);

  test('a web app in Node gets headers and settings as they are, and a deploy cuts no request and repeats none', async () => {
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
    const slow = ask('/node/?ms=15000', { method: 'POST', body: 'x'.repeat(100_000) });
    await writeFile(join(fleet.dir, 'web-node/new.txt'), 'another release');
    expect(await fleet.json<DeployResult>('deploy', 'web-node', '--yes')).toMatchObject({ cut: 0 });
    expect(await slow).toMatchObject({ bytes: 100_000, posts: 1 });
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

  test('a server in Python, and one of its own Dockerfile, run as well', async () => {
    expect(await underLoad(() => migrate('web-python', 'box'), '/python/')).toEqual([]);
    expect(await underLoad(() => migrate('web-own', 'box'), '/own/')).toEqual([]);
    expect(await (await fetch(`${fleet.base}/python/`)).text()).toBe('hello from Python');
    expect(await (await fetch(`${fleet.base}/own/index.html`)).text()).toBe('hello from a file');
  }, 240_000);
});

const WEB: Record<string, Record<string, string>> = {
  'web-node': { 'server.js': NODE_APP, 'package.json': '{"name":"w","scripts":{"start":"node server.js"}}' },
  'web-python': { 'app.py': PYTHON_APP },
  // The route is not cut off: what is asked below it lies in a folder of its name.
  'web-own': { Dockerfile: OWN_DOCKERFILE.replace('/www/index', '/www/own/index'), 'index.html': 'hello from a file' },
};

function fileOf(text: string, ports: Record<'box' | 'node' | 'python' | 'own', number>): string {
  const box = (port: number): string =>
    `box: { platform: docker, host: app-2, port: ${port}, base: "${MACHINE_IMAGE}", proxyBase: "${MACHINE_IMAGE}" }`;
  const standIn = /azure: .*url: ("[^"]+")/.exec(text)?.[1] ?? '';
  const web = (name: string, path: string, port: number, more = ''): string => `  ${name}:
    source: ./${name}
    route: { path: ${path} }
    ${more}
    placements: { old: { platform: external, url: ${standIn} }, ${box(port)} }
    gate: { minRequests: 3, latencyFloor: 8s, timeout: 15s }
`;
  return text
    .replace('hosts:\n', 'hosts:\n  app-2: { provider: local, roles: [app] }\n')
    .replace(/( {6})vm: .*\n/, (line) => `${line}      ${box(ports.box)}\n`)
    .replace(
      'timing:',
      `${web('web-node', '/node', ports.node, `settings: { GREETING: ${JSON.stringify(GREETING)} }`)}${web(
        'web-python',
        '/python',
        ports.python,
        'web: { command: [python3, app.py] }',
      )}${web('web-own', '/own', ports.own, 'web: { health: /own/index.html }')}timing:`,
    );
}
