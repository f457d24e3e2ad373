import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { gcpProvider } from '../../src/providers/gcp/index.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
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

  test.each([
    ['ZONE_RESOURCE_POOL_EXHAUSTED', 'CAPACITY'], ['QUOTA_EXCEEDED', 'QUOTA'], ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'CONFLICT'],
  ])('row 8: an operation that ends DONE with %s has failed, told as %s', async (code, kind) => {
    const wanted = spec();
    gcp.proxy.faults.push({ on: INSERT, then: json(200, operation({ status: 'DONE', httpErrorStatusCode: 503, error: { errors: [{ code, message: `${code} was told` }] } })) });
    await expect(gcp.instances.create(wanted, io)).rejects.toMatchObject({ code: kind, original: code, message: expect.stringContaining(`${code} was told`) as string });
    expect(await gcp.instances.find('contract', wanted.name)).toBeUndefined();
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
