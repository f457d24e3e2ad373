import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { AccessEntry } from '../../src/exchange.js';
import type { EngineName, Placement, Route } from '../../src/state.js';
import { held, sharedBundle } from '../held.js';
import { freePort, named, routeOf, send, until } from '../helpers.js';
import { applied } from '../process.js';
import { stuckListener } from './stuck.js';
import { countsOf, failedOnes, PacedLoad, TargetApp } from './target-apps.js';

type Wire = Awaited<ReturnType<typeof held>>;

/** A placement with the apps as its targets. */
const over = (apps: TargetApp[], more: Partial<Placement> = {}, down: string[] = []): Placement => ({
  name: 'vm',
  url: apps[0]?.url ?? '',
  weight: 100,
  targets: apps.map(({ name, url }) => ({ name, url, ...(down.includes(name) && { down: true }) })),
  ...more,
});

const route = (placements: Placement[], version = 1): Route => ({
  ...routeOf({ service: 'm1', path: '/api', placements }),
  version,
  health: Object.fromEntries(placements.map(({ name }) => [name, { path: '/health' }])),
});

const three = (): Promise<TargetApp[]> => Promise.all(['app-1', 'app-2', 'app-3'].map((name) => TargetApp.start(name)));

const ejectedIs = (wire: Wire, names: string[]): Promise<unknown> =>
  applied(
    wire.dir,
    ({ ejected = [] }) =>
      ejected
        .map(({ target }) => target)
        .sort()
        .join() === names.sort().join(),
  );

const entriesOf = async (wire: Wire, count: number): Promise<AccessEntry[]> =>
  until(`${count} lines of the log`, async () => {
    const text = await readFile(join(wire.dir, 'access.log'), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.length >= count && lines.map((line) => JSON.parse(line) as AccessEntry);
  });

/** Within four standard deviations: engines of others draw the target of a request. */
function expectShare(count: number | undefined, of: number, share: number): void {
  const deviation = Math.sqrt(of * share * (1 - share));
  expect(Math.abs((count ?? 0) - of * share)).toBeLessThan(4.5 * deviation);
}

/** A placement on several hosts: how requests are spread, and what becomes of them when a host is lost. */
export function targetContract(engine: EngineName): void {
  const bundle = sharedBundle();
  const routed = (...placements: Placement[]): Promise<Wire> => held(bundle(), engine, [route(placements)]);
  const many = async (url: string, count: number) =>
    (await Promise.all(Array.from({ length: count }, () => send(url)))).map(({ status, body }) => ({ status, body }));

  test('requests are spread evenly over three targets; log and figures say which one answered', async () => {
    const wire = await routed(over(await three()));
    const counts = countsOf(await many(`${wire.url}/api`, 300));
    expect(Object.keys(counts).sort()).toEqual(['app-1', 'app-2', 'app-3']);
    for (const count of Object.values(counts)) {
      if (engine === 'embedded') expect(count).toBe(100);
      else expectShare(count, 300, 1 / 3);
    }
    const entries = await entriesOf(wire, 300);
    expect(countsOf(entries.map(({ target = '' }) => ({ status: 200, body: target })))).toEqual(counts);
    const { placements } = (await wire.stats()).services.m1 ?? { placements: {} };
    expect(placements.vm?.requests).toBe(300);
    for (const [name, requests] of Object.entries(counts))
      expect(placements.vm?.targets?.[name]).toMatchObject({ requests, errors: 0, statuses: { 200: requests } });
  });

  test('one of three is killed under load: no GET is lost, it gets nothing while it is out, and is put back once its health is good again', async () => {
    const apps = await three();
    const [, lost] = apps;
    if (!lost) throw new Error('no app');
    const wire = await routed(over(apps));
    const load = new PacedLoad(`${wire.url}/api?ms=20`);
    await load.more(60);
    lost.die();
    await ejectedIs(wire, ['app-2']);
    expect(Object.keys(countsOf((await load.more(150)).slice(50))).sort()).toEqual(['app-1', 'app-3']);
    // It listens again and is not well yet.
    lost.health = 503;
    const before = lost.asked.length;
    await lost.start();
    await load.more(200);
    expect(lost.asked.length).toBe(before);
    lost.health = 200;
    await ejectedIs(wire, []);
    await until('requests to it', () => lost.asked.length > before + 10);
    const all = await load.stop();
    expect(failedOnes(all)).toEqual([]);
    const entries = await entriesOf(wire, all.length);
    expect(entries.filter(({ error, status }) => error !== undefined || status !== 200)).toEqual([]);
  });

  test('one that stops to answer health checks is taken out, although nobody asks it for anything else', async () => {
    const apps = await three();
    const wire = await routed(over(apps));
    await send(`${wire.url}/api`);
    apps[2]!.health = 500;
    await ejectedIs(wire, ['app-3']);
    expect(Object.keys(countsOf(await many(`${wire.url}/api`, 60))).sort()).toEqual(['app-1', 'app-2']);
    expect(await applied(wire.dir, () => true)).toMatchObject({
      ejected: [{ service: 'm1', placement: 'vm', target: 'app-3', reason: 'answers 500' }],
    });
  });

  test('one that is down gets no new request, and ends those under way; it serves again when it is not', async () => {
    const apps = await three();
    const wire = await routed(over(apps));
    const slow = Array.from({ length: 12 }, () => send(`${wire.url}/api/slow?ms=2500`));
    await until('the slow ones', () => apps.reduce((sum, { asked }) => sum + asked.length, 0) === 12);
    const put = await wire.put(route([over(apps, {}, ['app-1'])]));
    expect([put.code, put.err]).toEqual([0, '']);
    const before = apps[0]!.asked.length;
    expect(before).toBeGreaterThan(0);
    expect(Object.keys(countsOf(await many(`${wire.url}/api`, 60))).sort()).toEqual(['app-2', 'app-3']);
    expect(apps[0]!.asked.length).toBe(before);
    expect(countsOf(await Promise.all(slow))['app-1']).toBe(before);
    expect((await wire.put(route([over(apps)]))).code).toBe(0);
    expect(Object.keys(countsOf(await many(`${wire.url}/api`, 60))).sort()).toEqual(['app-1', 'app-2', 'app-3']);
  });

  test('when all are out requests still go to them, and the first one that is back serves', async () => {
    const apps = await three();
    const wire = await routed(over(apps));
    expect((await send(`${wire.url}/api`)).status).toBe(200);
    for (const app of apps) app.die();
    await ejectedIs(wire, ['app-1', 'app-2', 'app-3']);
    expect((await send(`${wire.url}/api`)).status).toBe(502);
    await apps[0]!.start();
    await until('an answer', async () => (await send(`${wire.url}/api`)).status === 200);
    await ejectedIs(wire, ['app-2', 'app-3']);
    expect(failedOnes(await many(`${wire.url}/api`, 30))).toEqual([]);
  });

  test('weights are between placements: one with three targets and one with one have their shares', async () => {
    const apps = await three();
    const azure = await named('azure');
    const wire = await routed(over(apps, { weight: 60 }), { name: 'azure', url: azure.url, weight: 40 });
    const counts = countsOf(await many(`${wire.url}/api`, 500));
    const onTargets = apps.reduce((sum, { name }) => sum + (counts[name] ?? 0), 0);
    if (engine === 'embedded') expect([onTargets, counts.azure]).toEqual([300, 200]);
    else expectShare(onTargets, 500, 0.6);
    for (const { name } of apps) expectShare(counts[name], 500, 0.2);
    const entries = await entriesOf(wire, 500);
    expect(entries.filter(({ placement, target }) => (placement === 'azure') !== (target === undefined))).toEqual([]);
  });

  test('a POST that nobody got goes to another target; one that was sent is never sent again', async () => {
    const apps = await three();
    const [first] = apps;
    if (!first) throw new Error('no app');
    const wire = await routed(over(apps));
    const posted = (path: string) => send(`${wire.url}${path}`, { method: 'POST' }, '');
    const sent = Array.from({ length: 9 }, (_, n) => posted(`/api/sent${n}?ms=700`));
    await until('all of them', () => apps.reduce((sum, { asked }) => sum + asked.length, 0) === 9);
    const lost = first.asked.length;
    first.die();
    // At once, before it is taken out by anything else.
    const fresh = await Promise.all(Array.from({ length: 12 }, (_, n) => posted(`/api/fresh${n}`)));
    expect(failedOnes(fresh)).toEqual([]);
    expect(countsOf(await Promise.all(sent))['502'] ?? 0).toBe(lost);
    const paths = apps.flatMap(({ asked }) => asked);
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('a POST with a body that nobody got goes to another target; nginx cannot hand it over, and takes the target out', async () => {
    const apps = await three();
    const wire = await routed(over(apps));
    expect((await send(`${wire.url}/api`)).status).toBe(200);
    apps[0]!.die();
    const posted = await Promise.all(
      Array.from({ length: 12 }, () => send(`${wire.url}/api/body`, { method: 'POST' }, 'a body')),
    );
    if (engine === 'nginx') expect(Object.keys(countsOf(posted)).sort()).toEqual(['502', 'app-2', 'app-3']);
    else expect(failedOnes(posted)).toEqual([]);
    await ejectedIs(wire, ['app-1']);
    expect(apps.flatMap(({ asked }) => asked.filter((each) => each === 'POST /api/body'))).toHaveLength(
      12 - (countsOf(posted)['502'] ?? 0),
    );
  });

  test('a target that does not take the connection is left for another one after a moment, also by a POST', async () => {
    const apps = await three();
    const stuck = await stuckListener();
    onTestFinished(() => stuck.stop());
    const placement = over(apps);
    const targets = [...(placement.targets ?? []), { name: 'stuck', url: stuck.url }];
    const wire = await routed({ ...placement, targets });
    const began = Date.now();
    const asked = Array.from({ length: 24 }, (_, n) =>
      send(`${wire.url}/api`, { method: n % 2 === 0 ? 'GET' : 'POST' }, ''),
    );
    expect(failedOnes(await Promise.all(asked))).toEqual([]);
    expect(Date.now() - began).toBeLessThan(9_000);
    await ejectedIs(wire, ['stuck']);
    expect(failedOnes(await many(`${wire.url}/api`, 12))).toEqual([]);
  });

  test('a GET whose target refuses the connection waits for nothing', async () => {
    const apps = await three();
    const wire = await routed(over(apps));
    expect((await send(`${wire.url}/api`)).status).toBe(200);
    apps[0]!.die();
    apps[1]!.die();
    const took = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const began = Date.now();
        expect(await send(`${wire.url}/api`)).toMatchObject({ status: 200, body: 'app-3' });
        return Date.now() - began;
      }),
    );
    // Where an app is alone, such a request waits for it to come back, for 5 s.
    expect(took.filter((ms) => ms < 4_000).length).toBeGreaterThan(7);
  });

  test('a GET that has run for long is not sent to another target, one that was only just sent is', async () => {
    const apps = await three();
    const wire = await routed(over(apps));
    const long = Array.from({ length: 3 }, () => send(`${wire.url}/api/long?ms=30000`));
    await until('the long ones', () => apps.reduce((sum, { asked }) => sum + asked.length, 0) === 3);
    await delay(2_300);
    const short = Array.from({ length: 6 }, (_, n) => send(`${wire.url}/api/short${n}?ms=400`));
    await until('the short ones', () => apps.reduce((sum, { asked }) => sum + asked.length, 0) === 9);
    const dead = apps.find(({ asked }) => asked.some((each) => each.includes('long')))!;
    const lost = dead.asked.filter((each) => each.includes('long')).length;
    dead.die();
    expect(failedOnes(await Promise.all(short))).toEqual([]);
    for (const app of apps) if (app !== dead) app.die();
    expect(countsOf(await Promise.all(long))).toEqual({ 502: 3 });
    expect(lost).toBeGreaterThan(0);
    expect(apps.flatMap(({ asked }) => asked).filter((each) => each.includes('long'))).toHaveLength(3);
  });

  test('a route file of the version before has one target, which the log does not name', async () => {
    const app = await named('vm');
    const wire = await routed({ name: 'vm', url: app.url, weight: 100 });
    expect(countsOf(await many(`${wire.url}/api`, 10))).toEqual({ vm: 10 });
    expect((await entriesOf(wire, 10)).filter((entry) => 'target' in entry)).toEqual([]);
    expect((await wire.stats()).services.m1?.placements.vm).not.toHaveProperty('targets');
  });

  test('put asks every target that is not down, and says which one does not answer', async () => {
    const apps = await three();
    const azure = await named('azure');
    const rest: Placement = { name: 'azure', url: azure.url, weight: 100 };
    const wire = await routed(over(apps, { weight: 0 }), rest);
    const missing = { name: 'app-4', url: `http://127.0.0.1:${await freePort()}` };
    const wider = (down: boolean): Placement => {
      const placement = over(apps);
      return { ...placement, targets: [...(placement.targets ?? []), { ...missing, down }] };
    };
    const refused = await wire.put(route([wider(false), { ...rest, weight: 0 }]));
    expect(refused.code).toBe(4);
    expect(refused.err).toContain('vm on app-4 does not answer');
    const { probes } = JSON.parse(refused.out) as { probes: { target: string; ok: boolean }[] };
    expect(probes.map(({ target, ok }) => `${target} ${ok}`).sort()).toEqual([
      'app-1 true',
      'app-2 true',
      'app-3 true',
      'app-4 false',
    ]);
    expect((await wire.put(route([wider(true), { ...rest, weight: 0 }]))).code).toBe(0);
    expect(Object.keys(countsOf(await many(`${wire.url}/api`, 60))).sort()).toEqual(['app-1', 'app-2', 'app-3']);
    const asked = await wire.cli('probe', '--service', 'm1', '--placement', 'vm', '--target', 'app-4');
    expect([asked.code, JSON.parse(asked.out)]).toMatchObject([4, { probes: [{ target: 'app-4', ok: false }] }]);
    const all = JSON.parse((await wire.cli('probe')).out) as { probes: { target: string; ok: boolean }[] };
    expect(all.probes.map(({ target, ok }) => `${target} ${ok}`)).toEqual(['app-1 true', 'app-2 true', 'app-3 true']);
  });
}
