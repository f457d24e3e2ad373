import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { gcpProvider } from '../../src/providers/gcp/index.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
import { splitList } from '../helpers/fault-proxy/json-pages.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';

const missing = gcplocalMissing();
const INSERT = { method: 'POST', path: /\/instances(\?|$)/ };
const GET = { method: 'GET', path: /\/instances\/[^/?]+\??$/ };
const OPERATION = { method: 'GET', path: /\/operations\// };
const SET_METADATA = { method: 'POST', path: /\/setMetadata/ };
const json = (status: number, body: object) => ({ kind: 'answer' as const, status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const refusal = (status: number, reason: string, message = reason) => json(status, { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } });
const operation = (more: object) => ({ kind: 'compute#operation', name: 'operation-1', zone: 'https://www.googleapis.com/compute/v1/projects/contract/zones/us-central1-a', ...more });

/** What real Compute Engine does and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(missing)('gcp behind the fault proxy', () => {
  let gcp: GcpOnEmulator;
  let count = 0;
  const waited: string[] = [];
  // Real pauses are shortened: the waits themselves are real.
  const quick = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 20), signal) };
  const spec = () => {
    count += 1;
    return { name: `app-${count}`, fleet: 'contract', roles: ['app'], runId: 'run-7', ...gcp.extra(`app-${count}`) };
  };
  const io = { progress: (message: string) => waited.push(message) };
  const create = async (): Promise<string> => {
    const wanted = spec();
    expect(await gcp.instances.create(wanted, io)).toMatchObject({ name: wanted.name, state: 'running' });
    return wanted.name;
  };
  const inserts = (): number => gcp.proxy.requests.filter(({ method, path }) => method === 'POST' && INSERT.path.test(path)).length;

  beforeAll(async () => {
    gcp = await startGcp({}, quick);
  }, 120_000);
  afterAll(() => (gcp as GcpOnEmulator | undefined)?.stop());
  afterEach(() => {
    gcp.proxy.clear();
    waited.length = 0;
  });

  test('row 5: a list that is split, with an empty page in between, is complete', async () => {
    await create();
    await create();
    const all = (await gcp.instances.list('contract')).items.map((each) => each.name).sort();
    expect(all.length).toBeGreaterThan(1);
    gcp.proxy.clear();
    const list = { method: 'GET', path: /\/instances\?/ };
    gcp.proxy.faults.push(
      { on: list, times: 1, then: { kind: 'rewrite', body: () => JSON.stringify({ kind: 'compute#instanceList', nextPageToken: 'empty-page' }) } },
      { on: { path: /pageToken=empty-page/ }, then: { kind: 'instead', request: (seen) => ({ ...seen, path: seen.path.replace(/&?pageToken=empty-page/, '') }) } },
    );
    expect((await gcp.instances.list('contract')).items.map((each) => each.name).sort()).toEqual(all);
    expect(gcp.proxy.seen(/pageToken=empty-page/)).toBe(1);
  });

  test('row 5: firewall rules and addresses in split and empty pages are complete', async () => {
    const owner = { fleet: 'contract', host: 'paged', run: 'run-7' };
    const rule = (port: number) => ({ protocol: 'tcp' as const, ports: [port, port] as [number, number], from: ['203.0.113.7/32'], purpose: 'ssh' });
    await gcp.networks.ensure({ ...owner, rules: [rule(22), rule(80), rule(443)] });
    await gcp.addresses.allocate(owner);
    await gcp.addresses.allocate({ ...owner, host: 'paged-2' });
    gcp.proxy.clear();
    splitList(gcp.proxy, /\/firewalls\?|\/firewalls$/);
    expect((await gcp.networks.list('contract')).items.find(({ owner: { host } }) => host === 'paged')?.rules.map(({ ports }) => ports[0])).toEqual([22, 80, 443]);
    splitList(gcp.proxy, /\/addresses\?/);
    expect((await gcp.addresses.list('contract')).items.map((each) => each.owner?.host).sort()).toEqual(['paged', 'paged-2']);
    expect([gcp.proxy.seen(/pageToken=page-2/), gcp.proxy.seen(/pageToken=page-3/)]).toEqual([2, 2]);
    for (const host of ['paged', 'paged-2']) await gcp.addresses.release('contract', host);
    await gcp.networks.remove('contract', 'paged');
  });

  test('row 5: a page that says NO_RESULTS_ON_PAGE is no end and no error; one that says UNREACHABLE makes the list fail by its zone', async () => {
    const name = await create();
    const list = { method: 'GET', path: /\/instances\?/ };
    gcp.proxy.faults.push({ on: list, times: 1, then: { kind: 'rewrite', body: (body) => JSON.stringify({ ...JSON.parse(body) as object, warning: { code: 'NO_RESULTS_ON_PAGE', message: 'none' } }) } });
    expect((await gcp.instances.list('contract')).items.map((each) => each.name)).toContain(name);
    gcp.proxy.faults.push({ on: list, then: { kind: 'rewrite', body: (body) => JSON.stringify({ ...JSON.parse(body) as object, warning: { code: 'UNREACHABLE', message: 'us-central1-a is unreachable' } }) } });
    await expect(gcp.instances.list('contract')).rejects.toMatchObject({ code: 'PROVIDER_DOWN', message: expect.stringMatching(/listing machines in us-central1-a is not complete: us-central1-a is unreachable/) as string });
    gcp.proxy.clear();
    const two = await startGcp({ far: { zone: 'europe-west1-b' } as never, near: {} as never }, quick);
    two.proxy.faults.push({ on: { path: /europe-west1-b\/instances\?/ }, then: { kind: 'rewrite', body: (body) => JSON.stringify({ ...JSON.parse(body) as object, warning: { code: 'UNREACHABLE', message: 'down' } }) } });
    expect((await two.instances.list('contract')).failed).toEqual([{ where: 'europe-west1-b', message: expect.stringContaining('is not complete: down') as string }]);
    await two.stop();
  });

  test.each([
    ['ZONE_RESOURCE_POOL_EXHAUSTED', 'CAPACITY'], ['STOCKOUT', 'CAPACITY'], ['QUOTA_EXCEEDED', 'QUOTA'], ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'CONFLICT'],
  ])('row 8: an operation that ends DONE with %s has failed, told as %s', async (code, kind) => {
    const wanted = spec();
    gcp.proxy.faults.push({ on: INSERT, then: json(200, operation({ status: 'DONE', httpErrorStatusCode: 503, error: { errors: [{ code, message: `${code} was told` }] } })) });
    await expect(gcp.instances.create(wanted, io)).rejects.toMatchObject({ code: kind, original: code, message: expect.stringContaining(`${code} was told`) as string });
    expect(await gcp.instances.find('contract', wanted.name)).toBeUndefined();
  });

  test.each([[401, 'NOT_LOGGED_IN'], [403, 'DENIED'], [409, 'CONFLICT'], [429, 'THROTTLED'], [503, 'PROVIDER_DOWN']])('row 8: an operation that ends DONE with nothing but status %i is told as %s', async (status, code) => {
    const wanted = spec();
    const ended = json(200, operation({ status: 'DONE', httpErrorStatusCode: status, httpErrorMessage: 'SO IT WAS' }));
    gcp.proxy.faults.push({ on: INSERT, then: ended });
    await expect(gcp.instances.create(wanted, io)).rejects.toMatchObject({ code, original: String(status), message: expect.stringContaining('SO IT WAS') as string });
  });

  test('row 8: what an operation warns of is told', async () => {
    gcp.proxy.faults.push({ on: INSERT, times: 1, then: { kind: 'rewrite', body: (body) => JSON.stringify({ ...JSON.parse(body) as object, status: 'DONE', warnings: [{ code: 'DISK_SIZE_LARGER_THAN_IMAGE_SIZE', message: 'the disk is larger' }] }) } });
    const name = await create();
    expect(waited).toContain(`Google Cloud warns of making ${name}: the disk is larger`);
  });

  test('row 9: PENDING and RUNNING are waited out with what was seen, and the zone of an operation is the end of its URL', async () => {
    gcp.proxy.faults.push(
      { on: INSERT, times: 1, then: { kind: 'rewrite', body: () => JSON.stringify(operation({ status: 'PENDING', progress: 0 })) } },
      { on: OPERATION, times: 1, then: refusal(404, 'notFound') },
      { on: OPERATION, times: 2, then: json(200, operation({ status: 'RUNNING', progress: 40 })) },
    );
    await create();
    expect(waited).toContainEqual(expect.stringContaining('RUNNING, 40 %'));
    expect(gcp.proxy.seen(/\/zones\/us-central1-a\/operations\/operation-1/)).toBeGreaterThan(2);
  });

  test('row 9: a machine that the next read does not know yet is waited for', async () => {
    gcp.proxy.faults.push({ on: GET, after: 1, times: 2, then: refusal(404, 'notFound') });
    await create();
    expect(waited).toContainEqual(expect.stringContaining('not listed yet'));
  });

  test('row 10: 429 is repeated with pauses and makes one machine', async () => {
    gcp.proxy.faults.push({ on: INSERT, times: 3, then: refusal(429, 'RESOURCE_EXHAUSTED', 'Too many requests') });
    await create();
    expect(inserts()).toBe(4);
    expect(waited).toContainEqual(expect.stringContaining('too many requests'));
  });

  test.each(['rateLimitExceeded', 'userRateLimitExceeded'])('row 10: 403 %s is throttling: repeated with pauses, and it makes one machine', async (reason) => {
    gcp.proxy.faults.push({ on: INSERT, times: 2, then: json(403, { error: { code: 403, message: 'Rate Limit Exceeded', errors: [{ domain: 'usageLimits', reason, message: 'Rate Limit Exceeded' }] } }) });
    await create();
    expect(inserts()).toBe(3);
    expect(waited).toContainEqual(expect.stringContaining('too many requests'));
  });

  test.each([
    [403, 'quotaExceeded', 'QUOTA', 1], [403, 'accessNotConfigured', 'DENIED', 1], [403, 'forbidden', 'DENIED', 1], [400, 'invalid', 'INVALID', 1], [401, 'authError', 'NOT_LOGGED_IN', 4],
    [404, 'notFound', 'NOT_FOUND', 1],
  ])('row 10: %i %s is told as what it is, at once', async (status, reason, code, exitCode) => {
    gcp.proxy.faults.push({ on: INSERT, then: refusal(status, reason) });
    await expect(gcp.instances.create(spec(), io)).rejects.toMatchObject({ code, exitCode, original: reason });
    expect(inserts()).toBe(1);
  });

  test('row 10: 400 resourceNotReady is waited out', async () => {
    gcp.proxy.faults.push({ on: INSERT, times: 2, then: refusal(400, 'resourceNotReady') });
    await create();
    expect(inserts()).toBe(3);
    expect(waited).toContainEqual(expect.stringContaining('it is not ready yet'));
  });

  test('row 10: 409 alreadyExists for a machine of somebody else is told, and it is left alone', async () => {
    gcp.proxy.faults.push({ on: INSERT, then: refusal(409, 'alreadyExists') });
    await expect(gcp.instances.create(spec(), io)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('row 10: a lost reply is asked again with the same request id, and there is one machine', async () => {
    gcp.proxy.faults.push({ on: INSERT, times: 1, then: { kind: 'lose' } });
    const name = await create();
    expect((await gcp.instances.list('contract')).items.filter((each) => each.name === name)).toHaveLength(1);
    const ids = gcp.proxy.requests.filter(({ method, path }) => method === 'POST' && INSERT.path.test(path)).map(({ path }) => new URLSearchParams(path.split('?')[1]).get('requestId'));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('row 10: lost replies to all that a host comes and goes with are asked again under the same id, and done once', async () => {
    const before = await gcp.leftovers();
    const owner = { fleet: 'contract', host: 'lost', run: 'run-7' };
    const rule = (from: string) => [{ protocol: 'tcp' as const, ports: [22, 22] as [number, number], from: [from], purpose: 'ssh' }];
    const lose = (method: string, path: RegExp): void => void gcp.proxy.faults.push({ on: { method, path }, times: 1, then: { kind: 'lose' } });
    for (const action of ['setMetadata', 'reset', 'stop', 'start']) lose('POST', new RegExp(`/${action}\\?`));
    for (const kind of ['firewalls', 'instances', 'addresses']) {
      lose('POST', new RegExp(`/${kind}\\?`));
      lose('DELETE', new RegExp(`/${kind}/`));
    }
    lose('PATCH', /\/firewalls\//);
    lose('POST', /addAccessConfig/);
    for (const _each of [1, 2]) lose('POST', /deleteAccessConfig/);

    await gcp.networks.ensure({ ...owner, rules: rule('203.0.113.7/32') }, io);
    await gcp.networks.ensure({ ...owner, rules: rule('203.0.113.8/32') }, io);
    const wanted = { ...spec(), name: 'lost' };
    await gcp.instances.create(wanted, io);
    await gcp.instances.describe('contract', 'lost', { hostKey: 'ssh-ed25519 AAAA' });
    await gcp.instances.power('contract', 'lost', 'restart', io);
    await gcp.instances.power('contract', 'lost', 'stop', io);
    await gcp.instances.create(wanted, io);
    const { id } = await gcp.addresses.allocate(owner);
    expect(await gcp.addresses.associate(id, 'contract', 'lost')).toMatchObject({ id, heldBy: expect.stringContaining('lost') as string });
    await gcp.addresses.release('contract', 'lost');
    await gcp.instances.destroy('contract', 'lost', io);
    await gcp.networks.remove('contract', 'lost', io);

    expect(gcp.acts.filter((act) => act.endsWith('-lost')).map((act) => act.split(' ')[0])).toEqual(['setMetadata', 'reset', 'stop', 'start', 'deleteAccessConfig', 'addAccessConfig', 'deleteAccessConfig']);
    expect(gcp.proxy.faults.filter(({ times }) => times !== 0).map(({ on }) => on)).toEqual([]);
    const changes = gcp.proxy.requests.filter(({ method }) => method !== 'GET');
    expect(changes.filter(({ path }) => !/[?&]requestId=[0-9a-f-]{36}/.test(path)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(await gcp.leftovers()).toEqual(before);
  });

  test('row 10: a repeat that is refused since the one before it was done is no failure', async () => {
    const name = await create();
    const { id } = await gcp.addresses.allocate({ fleet: 'contract', host: name, run: 'run-7' });
    for (const [method, path] of [['POST', /addAccessConfig/], ['POST', /deleteAccessConfig/], ['DELETE', /\/addresses\//]] as const) {
      gcp.proxy.faults.push({ on: { method, path }, times: 1, then: { kind: 'lose' } }, { on: { method, path }, times: 1, then: refusal(method === 'DELETE' ? 404 : 400, method === 'DELETE' ? 'notFound' : 'invalid') });
    }
    expect(await gcp.addresses.associate(id, 'contract', name)).toMatchObject({ heldBy: expect.stringContaining(name) as string });
    await gcp.addresses.release('contract', name);
    expect((await gcp.addresses.list('contract')).items.filter(({ owner }) => owner?.host === name)).toEqual([]);
  });

  test('row 10: lists and removals wait while Google Cloud throttles them', async () => {
    const name = await create();
    gcp.proxy.faults.push({ on: { method: 'GET', path: /\/instances/ }, times: 3, then: refusal(429, 'RESOURCE_EXHAUSTED') }, { on: { method: 'DELETE' }, times: 3, then: refusal(403, 'rateLimitExceeded') });
    await gcp.instances.destroy('contract', name, io);
    expect((await gcp.instances.list('contract')).items.map((each) => each.name)).not.toContain(name);
  });

  test('row 10: metadata that somebody else changed meanwhile is read again', async () => {
    const name = await create();
    gcp.proxy.faults.push({ on: SET_METADATA, times: 2, then: refusal(412, 'conditionNotMet') });
    const key = 'ssh-ed25519 AAAAnew';
    await gcp.instances.describe('contract', name, { hostKey: key });
    expect((await gcp.instances.find('contract', name))?.endpoint?.hostKeys).toEqual([key]);
    expect(gcp.proxy.seen(/setMetadata/)).toBe(3);
  });

  test('row 13: a login that expires in mid-run stops with one message and no storm of retries', async () => {
    gcp.proxy.faults.push({ on: INSERT, then: refusal(401, 'authError', 'Request had invalid authentication credentials.') });
    await expect(gcp.instances.create(spec(), io)).rejects.toMatchObject({ code: 'NOT_LOGGED_IN', exitCode: 4, hint: expect.stringContaining('gcloud auth') as string });
    expect(inserts()).toBe(1);
  });

  test('row 13: a missing right is told as denied', async () => {
    gcp.proxy.faults.push({ on: INSERT, then: refusal(403, 'forbidden') });
    await expect(gcp.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(inserts()).toBe(1);
  });

  test('row 13: no login at all is one clear error, and no unhandled one', async () => {
    const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
    process.env.GOOGLE_APPLICATION_CREDENTIALS = '/nowhere/account.json';
    const provider = gcpProvider({ fleet: 'contract', dir: '/', config: { project: 'contract', zone: 'us-central1-a', endpoint: gcp.proxy.url }, hosts: {}, env: process.env, clock: quick, stateDir: async () => '/', templates: '' });
    await expect(provider.instances?.find('contract', 'app-1')).rejects.toMatchObject({ code: 'NOT_LOGGED_IN', exitCode: 4 });
    process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
  });
});
