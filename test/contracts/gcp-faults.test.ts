import { describe, expect, test } from 'vitest';
import { gcpRefusal, jsonAnswer } from '../helpers/fault-proxy/answers.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';
import { startGcp } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';

const INSERT = { method: 'POST', path: /\/instances(\?|$)/ };
const GET = { method: 'GET', path: /\/instances\/[^/?]+\??$/ };
const OPERATION = { method: 'GET', path: /\/operations\// };
const SET_METADATA = { method: 'POST', path: /\/setMetadata/ };
const operation = (more: object) => ({
  kind: 'compute#operation',
  name: 'operation-1',
  zone: 'https://www.googleapis.com/compute/v1/projects/contract/zones/us-central1-a',
  ...more,
});

/** What real Compute Engine does and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(gcplocalMissing())('gcp behind the fault proxy', () => {
  const suite = faultSuite((clock) => startGcp({}, clock));
  const { waited, io, spec } = suite;
  const create = async (): Promise<string> => (await suite.create()).name;
  const inserts = (): number =>
    suite.cloud.proxy.requests.filter(({ method, path }) => method === 'POST' && INSERT.path.test(path)).length;

  test.each([
    ['ZONE_RESOURCE_POOL_EXHAUSTED', 'CAPACITY'],
    ['STOCKOUT', 'CAPACITY'],
    ['QUOTA_EXCEEDED', 'QUOTA'],
    ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'CONFLICT'],
  ])('row 8: an operation that ends DONE with %s has failed, told as %s', async (code, kind) => {
    const wanted = spec();
    suite.cloud.proxy.faults.push({
      on: INSERT,
      then: jsonAnswer(
        200,
        operation({
          status: 'DONE',
          httpErrorStatusCode: 503,
          error: { errors: [{ code, message: `${code} was told` }] },
        }),
      ),
    });
    await expect(suite.cloud.instances.create(wanted, io)).rejects.toMatchObject({
      code: kind,
      original: code,
      message: expect.stringContaining(`${code} was told`) as string,
    });
    expect(await suite.cloud.instances.find('contract', wanted.name)).toBeUndefined();
  });

  test.each([
    [401, 'NOT_LOGGED_IN'],
    [403, 'DENIED'],
    [409, 'CONFLICT'],
    [429, 'THROTTLED'],
    [503, 'PROVIDER_DOWN'],
  ])('row 8: an operation that ends DONE with nothing but status %i is told as %s', async (status, code) => {
    const wanted = spec();
    const ended = jsonAnswer(
      200,
      operation({ status: 'DONE', httpErrorStatusCode: status, httpErrorMessage: 'SO IT WAS' }),
    );
    suite.cloud.proxy.faults.push({ on: INSERT, then: ended });
    await expect(suite.cloud.instances.create(wanted, io)).rejects.toMatchObject({
      code,
      original: String(status),
      message: expect.stringContaining('SO IT WAS') as string,
    });
  });

  test('row 8: what an operation warns of is told', async () => {
    suite.cloud.proxy.faults.push({
      on: INSERT,
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) =>
          JSON.stringify({
            ...(JSON.parse(body) as object),
            status: 'DONE',
            warnings: [{ code: 'DISK_SIZE_LARGER_THAN_IMAGE_SIZE', message: 'the disk is larger' }],
          }),
      },
    });
    const name = await create();
    expect(waited).toContain(`Google Cloud warns of making ${name}: the disk is larger`);
  });

  test('row 9: PENDING and RUNNING are waited out with what was seen, and the zone of an operation is the end of its URL', async () => {
    suite.cloud.proxy.faults.push(
      {
        on: INSERT,
        times: 1,
        then: { kind: 'rewrite', body: () => JSON.stringify(operation({ status: 'PENDING', progress: 0 })) },
      },
      { on: OPERATION, times: 1, then: gcpRefusal(404, 'notFound') },
      { on: OPERATION, times: 2, then: jsonAnswer(200, operation({ status: 'RUNNING', progress: 40 })) },
    );
    await create();
    expect(waited).toContainEqual(expect.stringContaining('RUNNING, 40 %'));
    expect(suite.cloud.proxy.seen(/\/zones\/us-central1-a\/operations\/operation-1/)).toBeGreaterThan(2);
  });

  test('row 9: a machine that the next read does not know yet is waited for', async () => {
    suite.cloud.proxy.faults.push({ on: GET, after: 1, times: 2, then: gcpRefusal(404, 'notFound') });
    await create();
    expect(waited).toContainEqual(expect.stringContaining('not listed yet'));
  });

  test('row 10: 429 is repeated with pauses and makes one machine', async () => {
    suite.cloud.proxy.faults.push({
      on: INSERT,
      times: 3,
      then: gcpRefusal(429, 'RESOURCE_EXHAUSTED', 'Too many requests'),
    });
    await create();
    expect(inserts()).toBe(4);
    expect(waited).toContainEqual(expect.stringContaining('too many requests'));
  });

  test.each(['rateLimitExceeded', 'userRateLimitExceeded'])(
    'row 10: 403 %s is throttling: repeated with pauses, and it makes one machine',
    async (reason) => {
      suite.cloud.proxy.faults.push({
        on: INSERT,
        times: 2,
        then: jsonAnswer(403, {
          error: {
            code: 403,
            message: 'Rate Limit Exceeded',
            errors: [{ domain: 'usageLimits', reason, message: 'Rate Limit Exceeded' }],
          },
        }),
      });
      await create();
      expect(inserts()).toBe(3);
      expect(waited).toContainEqual(expect.stringContaining('too many requests'));
    },
  );

  test.each([
    [403, 'quotaExceeded', 'QUOTA', 1],
    [403, 'accessNotConfigured', 'DENIED', 1],
    [403, 'forbidden', 'DENIED', 1],
    [400, 'invalid', 'INVALID', 1],
    [401, 'authError', 'NOT_LOGGED_IN', 4],
    [404, 'notFound', 'NOT_FOUND', 1],
  ])('row 10: %i %s is told as what it is, at once', async (status, reason, code, exitCode) => {
    suite.cloud.proxy.faults.push({ on: INSERT, then: gcpRefusal(status, reason) });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({ code, exitCode, original: reason });
    expect(inserts()).toBe(1);
  });

  test('row 10: 400 resourceNotReady is waited out', async () => {
    suite.cloud.proxy.faults.push({ on: INSERT, times: 2, then: gcpRefusal(400, 'resourceNotReady') });
    await create();
    expect(inserts()).toBe(3);
    expect(waited).toContainEqual(expect.stringContaining('it is not ready yet'));
  });

  test('row 10: 409 alreadyExists for a machine of somebody else is told, and it is left alone', async () => {
    suite.cloud.proxy.faults.push({ on: INSERT, then: gcpRefusal(409, 'alreadyExists') });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('row 10: a lost reply is asked again with the same request id, and there is one machine', async () => {
    suite.cloud.proxy.faults.push({ on: INSERT, times: 1, then: { kind: 'lose' } });
    const name = await create();
    expect((await suite.cloud.instances.list('contract')).items.filter((each) => each.name === name)).toHaveLength(1);
    const ids = suite.cloud.proxy.requests
      .filter(({ method, path }) => method === 'POST' && INSERT.path.test(path))
      .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('requestId'));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('row 10: lost replies to all that a host comes and goes with are asked again under the same id, and done once', async () => {
    const before = await suite.cloud.leftovers();
    const owner = { fleet: 'contract', host: 'lost', run: 'run-7' };
    const rule = (from: string) => [
      { protocol: 'tcp' as const, ports: [22, 22] as [number, number], from: [from], purpose: 'ssh' },
    ];
    const lose = (method: string, path: RegExp): void =>
      void suite.cloud.proxy.faults.push({ on: { method, path }, times: 1, then: { kind: 'lose' } });
    for (const action of ['setMetadata', 'reset', 'stop', 'start']) lose('POST', new RegExp(`/${action}\\?`));
    for (const kind of ['firewalls', 'instances', 'addresses']) {
      lose('POST', new RegExp(`/${kind}\\?`));
      lose('DELETE', new RegExp(`/${kind}/`));
    }
    lose('PATCH', /\/firewalls\//);
    lose('POST', /addAccessConfig/);
    for (const _each of [1, 2]) lose('POST', /deleteAccessConfig/);

    await suite.cloud.networks.ensure({ ...owner, rules: rule('203.0.113.7/32') }, io);
    await suite.cloud.networks.ensure({ ...owner, rules: rule('203.0.113.8/32') }, io);
    const wanted = { ...spec(), name: 'lost' };
    await suite.cloud.instances.create(wanted, io);
    await suite.cloud.instances.describe('contract', 'lost', { hostKey: 'ssh-ed25519 AAAA' });
    await suite.cloud.instances.power('contract', 'lost', 'restart', io);
    await suite.cloud.instances.power('contract', 'lost', 'stop', io);
    await suite.cloud.instances.create(wanted, io);
    const { id } = await suite.cloud.addresses.allocate(owner);
    expect(await suite.cloud.addresses.associate(id, 'contract', 'lost')).toMatchObject({
      id,
      heldBy: expect.stringContaining('lost') as string,
    });
    await suite.cloud.addresses.release('contract', 'lost');
    await suite.cloud.instances.destroy('contract', 'lost', io);
    await suite.cloud.networks.remove('contract', 'lost', io);

    expect(suite.cloud.acts.filter((act) => act.endsWith('-lost')).map((act) => act.split(' ')[0])).toEqual([
      'setMetadata',
      'reset',
      'stop',
      'start',
      'deleteAccessConfig',
      'addAccessConfig',
      'deleteAccessConfig',
    ]);
    expect(suite.cloud.proxy.faults.filter(({ times }) => times !== 0).map(({ on }) => on)).toEqual([]);
    const changes = suite.cloud.proxy.requests.filter(({ method }) => method !== 'GET');
    expect(
      changes
        .filter(({ path }) => !/[?&]requestId=[0-9a-f-]{36}/.test(path))
        .map(({ method, path }) => `${method} ${path}`),
    ).toEqual([]);
    expect(await suite.cloud.leftovers()).toEqual(before);
  });

  test('row 10: a repeat that is refused since the one before it was done is no failure', async () => {
    const name = await create();
    const { id } = await suite.cloud.addresses.allocate({ fleet: 'contract', host: name, run: 'run-7' });
    for (const [method, path] of [
      ['POST', /addAccessConfig/],
      ['POST', /deleteAccessConfig/],
      ['DELETE', /\/addresses\//],
    ] as const) {
      suite.cloud.proxy.faults.push(
        { on: { method, path }, times: 1, then: { kind: 'lose' } },
        {
          on: { method, path },
          times: 1,
          then: gcpRefusal(method === 'DELETE' ? 404 : 400, method === 'DELETE' ? 'notFound' : 'invalid'),
        },
      );
    }
    expect(await suite.cloud.addresses.associate(id, 'contract', name)).toMatchObject({
      heldBy: expect.stringContaining(name) as string,
    });
    await suite.cloud.addresses.release('contract', name);
    expect((await suite.cloud.addresses.list('contract')).items.filter(({ owner }) => owner?.host === name)).toEqual(
      [],
    );
  });

  test('row 10: lists and removals wait while Google Cloud throttles them', async () => {
    const name = await create();
    suite.cloud.proxy.faults.push(
      { on: { method: 'GET', path: /\/instances/ }, times: 3, then: gcpRefusal(429, 'RESOURCE_EXHAUSTED') },
      { on: { method: 'DELETE' }, times: 3, then: gcpRefusal(403, 'rateLimitExceeded') },
    );
    await suite.cloud.instances.destroy('contract', name, io);
    expect((await suite.cloud.instances.list('contract')).items.map((each) => each.name)).not.toContain(name);
  });

  test('row 10: metadata that somebody else changed meanwhile is read again', async () => {
    const name = await create();
    suite.cloud.proxy.faults.push({ on: SET_METADATA, times: 2, then: gcpRefusal(412, 'conditionNotMet') });
    const key = 'ssh-ed25519 AAAAnew';
    await suite.cloud.instances.describe('contract', name, { hostKey: key });
    expect((await suite.cloud.instances.find('contract', name))?.endpoint?.hostKeys).toEqual([key]);
    expect(suite.cloud.proxy.seen(/setMetadata/)).toBe(3);
  });
});
