import { once } from 'node:events';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failures, idleClosed, idleClosedText, startLoad } from '../../scripts/lib/load.mjs';
import type { RouterShow } from '../../src/operations/router/show.js';
import { certificateFor } from '../../packages/router/test/certificates.js';
import { earlierProgram, earlierTemplates } from '../../packages/router/test/earlier.js';
import { engines, hasEngine, type Engine } from '../helpers/engines.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { freePorts } from '../helpers/ports.js';
import { killAt } from '../helpers/interrupt.js';
import { processesUnder } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { routeOf, servedByOldSide } from '../helpers/world.js';

const paths = [{ path: '/api/flow/status?stadiumId=rabat' }, { path: '/api/flow/version' }];

describe.each(engines.filter((each) => each !== 'embedded'))('the engine %s', (engine) => {
  if (!hasEngine(engine)) return test.skip(`${engine} is not installed on this machine`, () => undefined);
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startFleet({ engine: 'embedded' });
  });
  afterAll(() => fleet?.stop());

  const edit = async (change: (text: string) => string): Promise<void> => {
    const file = join(fleet.dir, 'fanops.yaml');
    await writeFile(file, change(await readFile(file, 'utf8')));
  };
  const choose = (name: Engine): Promise<void> => edit((text) => text.replace(/engine: \w+/, `engine: ${name}`));

  /** To each of the others and back. */
  const inTurn: Engine[] = [
    engine,
    ...engines.filter((each) => each !== engine && each !== 'embedded' && hasEngine(each)),
    engine,
    'embedded',
  ];

  test.each([false, true])(
    'one line in the file moves between the engines under load and no request fails (client with keep-alive: %s)',
    async (keepAlive) => {
      const load = startLoad({ base: fleet.base, paths, perSecond: 50, keepAlive });
      for (const each of inTurn) {
        await choose(each);
        await fleet.ok('router', 'apply', '--yes');
        const shown = await fleet.json<RouterShow>('router', 'show');
        expect(shown).toMatchObject({ engine: each, running: true });
        expect((await fleet.json<{ changed: string[] }>('router', 'apply', '--yes')).changed).toEqual([]);
      }
      const samples = await load.stop();
      console.log(`${samples.length} requests; ${idleClosedText(samples, keepAlive)}`);
      expect(failures(samples)).toEqual([]);
      if (!keepAlive) expect(idleClosed(samples)).toEqual([]);
      expect(samples.length).toBeGreaterThan(100);
    },
  );

  test('trusted proxies and time limits of the fleet file reach the router, and another apply changes nothing', async () => {
    await edit((text) =>
      text.replace(/engine: \w+/, '$&, trustedProxies: [192.0.2.0/24], timeouts: { response: 5m, keepAlive: 90s }'),
    );
    await fleet.ok('router', 'apply', '--yes');
    const settings = await readFile(join(fleet.home('router-1'), 'fanops/router/router.json'), 'utf8');
    expect(JSON.parse(settings)).toMatchObject({
      trustedProxies: ['192.0.2.0/24'],
      timeouts: { responseMs: 300_000, keepAliveMs: 90_000 },
    });
    expect((await fleet.json<{ changed: string[] }>('router', 'apply', '--yes')).changed).toEqual([]);
    await edit((text) =>
      text.replace(', trustedProxies: [192.0.2.0/24], timeouts: { response: 5m, keepAlive: 90s }', ''),
    );
    await fleet.ok('router', 'apply', '--yes');
  });

  test('the first router apply after an update of fanops waits for the new program, puts a changed route at once, and no request fails', async () => {
    const dir = join(fleet.home('router-1'), 'fanops/router');
    const read = (name: string): Promise<string> => readFile(join(dir, name), 'utf8');
    const running = async (): Promise<string> => (JSON.parse(await read('holder.json')) as { program: string }).program;
    await choose(engine);
    await fleet.ok('router', 'apply', '--yes');
    const updated = await running();
    await earlierTemplates(join(dir, 'templates'));
    await rename(await earlierProgram(fleet.dir), join(dir, 'router.cjs'));
    await until('the program of the version before', async () => (await running()) !== updated);
    const load = startLoad({ base: fleet.base, paths, perSecond: 20 });
    await edit((text) =>
      text.replace(
        'route: { path: /api/flow }',
        'route: { path: /api/flow }\n    health: /api/flow/version?after=update',
      ),
    );
    const apply = fleet.start('router', 'apply', '--yes');
    await apply.event((event) => event.type === 'step.done' && event.id === 'install');
    expect(await running()).toBe(updated);
    expect((await apply.ended).code).toBe(0);
    expect(await read('routes/m1.json')).toContain('after=update');
    expect(await read('templates/nginx.conf')).toContain('@{keepAliveOfBefore}');
    expect(failures(await load.stop())).toEqual([]);
    await edit((text) => text.replace('\n    health: /api/flow/version?after=update', ''));
    await choose('embedded');
    await fleet.ok('router', 'apply', '--yes');
  });

  test('undoing a router apply brings the engine before back under load, and no request fails', async () => {
    const load = startLoad({ base: fleet.base, paths, perSecond: 50 });
    await choose(engine);
    const { run } = await fleet.json<{ run: string }>('router', 'apply', '--yes');
    await fleet.ok('runs', 'undo', run, '--yes');
    await choose('embedded');
    expect(await fleet.json<RouterShow>('router', 'show')).toMatchObject({ engine: 'embedded', running: true });
    expect((await fleet.json<{ changed: string[] }>('router', 'apply', '--yes')).changed).toEqual([]);
    expect(failures(await load.stop())).toEqual([]);
  });

  test('a port that is taken is refused, the old settings stay for the next start, and the router serves on', async () => {
    await choose(engine);
    await fleet.ok('router', 'apply', '--yes');
    const [other = 0] = await freePorts(1);
    await edit((text) =>
      text
        .replace(`listen: ${fleet.ports.router}`, `listen: ${fleet.ports.standIn}`)
        .replace(`127.0.0.1:${fleet.ports.standIn}`, `localhost:${fleet.ports.standIn}`),
    );
    const refused = await fleet.cli('router', 'apply', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`port ${fleet.ports.standIn} is taken`);
    expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
    expect(await readFile(join(fleet.home('router-1'), 'fanops/router/router.json'), 'utf8')).toContain(
      `"port":${fleet.ports.router}`,
    );
    expect(other).toBeGreaterThan(0);
    await edit((text) => text.replace(`listen: ${fleet.ports.standIn}`, `listen: ${fleet.ports.router}`));
    await fleet.ok('router', 'apply', '--yes');
  });

  test('fanops killed in a cutover: the watchdog takes the traffic back without it', async () => {
    const load = startLoad({ base: fleet.base, paths, perSecond: 20 });
    const { at } = await killAt(fleet.start('migrate', 'm1', '--yes', '--steps', '50,100', '--hold', '2m'), {
      step: 'cutover/50',
      moment: 'progress',
    });
    expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
    expect((await routeOf(fleet)).weights).toEqual({ azure: 100, vm: 0 });
    const samples = await load.stop();
    expect([failures(samples), idleClosed(samples)]).toEqual([[], []]);
  });

  test("TLS by a certificate and a key of the fleet file, with a redirect; the key is the login's alone", async () => {
    const { authority, certificate, key } = certificateFor(fleet.dir, 'flow.example');
    await writeFile(join(fleet.dir, 'user.pem'), certificate);
    await writeFile(join(fleet.dir, 'user.key'), key, { mode: 0o600 });
    const [httpPort = 0] = await freePorts(1);
    await edit((text) =>
      text.replace(
        /^router: .*$/m,
        `router: { host: router-1, engine: ${engine}, listen: ${fleet.ports.router}, httpPort: ${httpPort}, tls: { certificate: user.pem, key: "file:user.key" } }`,
      ),
    );
    await fleet.ok('router', 'apply', '--yes');
    const moved = await fetch(`http://127.0.0.1:${httpPort}/api/flow/version`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([
      308,
      `https://127.0.0.1:${fleet.ports.router}/api/flow/version`,
    ]);
    const asked = request({
      host: '127.0.0.1',
      port: fleet.ports.router,
      path: '/api/flow/version',
      servername: 'flow.example',
      ca: authority,
      agent: false,
    }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(200);
    expect((await stat(join(fleet.home('router-1'), 'fanops/router/tls/key.pem'))).mode & 0o777).toBe(0o600);
    expect((await fleet.json<{ changed: string[] }>('router', 'apply', '--yes')).changed).toEqual([]);
  });

  test('everything that it writes is below the host, and nothing of it outlives the host', async () => {
    expect(
      processesUnder(fleet.home('router-1')).filter((line) => /nginx:|haproxy -db/.test(line)).length,
    ).toBeGreaterThan(0);
    await fleet.ok('host', 'destroy', 'router-1', '--force', '--yes');
    expect(processesUnder(fleet.home('router-1'))).toEqual([]);
  });
});
