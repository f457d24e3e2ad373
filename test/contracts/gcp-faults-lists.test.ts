import { describe, expect, test } from 'vitest';
import { gcpProvider } from '../../src/providers/gcp/index.js';
import { gcpRefusal } from '../helpers/fault-proxy/answers.js';
import { splitList } from '../helpers/fault-proxy/json-pages.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';
import { startGcp } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';

const INSERT = { method: 'POST', path: /\/instances(\?|$)/ };

/** What real Compute Engine does with lists and logins and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(gcplocalMissing())('lists and logins of gcp behind the fault proxy', () => {
  const suite = faultSuite((clock) => startGcp({}, clock));
  const { io, spec } = suite;
  const create = async (): Promise<string> => (await suite.create()).name;
  const inserts = (): number =>
    suite.cloud.proxy.requests.filter(({ method, path }) => method === 'POST' && INSERT.path.test(path)).length;

  test('row 5: a list that is split, with an empty page in between, is complete', async () => {
    await create();
    await create();
    const all = (await suite.cloud.instances.list('contract')).items.map((each) => each.name).sort();
    expect(all.length).toBeGreaterThan(1);
    suite.cloud.proxy.clear();
    const list = { method: 'GET', path: /\/instances\?/ };
    suite.cloud.proxy.faults.push(
      {
        on: list,
        times: 1,
        then: {
          kind: 'rewrite',
          body: () => JSON.stringify({ kind: 'compute#instanceList', nextPageToken: 'empty-page' }),
        },
      },
      {
        on: { path: /pageToken=empty-page/ },
        then: {
          kind: 'instead',
          request: (seen) => ({ ...seen, path: seen.path.replace(/&?pageToken=empty-page/, '') }),
        },
      },
    );
    expect((await suite.cloud.instances.list('contract')).items.map((each) => each.name).sort()).toEqual(all);
    expect(suite.cloud.proxy.seen(/pageToken=empty-page/)).toBe(1);
  });

  test('row 5: firewall rules and addresses in split and empty pages are complete', async () => {
    const owner = { fleet: 'contract', host: 'paged', run: 'run-7' };
    const rule = (port: number) => ({
      protocol: 'tcp' as const,
      ports: [port, port] as [number, number],
      from: ['203.0.113.7/32'],
      purpose: 'ssh',
    });
    await suite.cloud.networks.ensure({ ...owner, rules: [rule(22), rule(80), rule(443)] });
    await suite.cloud.addresses.allocate(owner);
    await suite.cloud.addresses.allocate({ ...owner, host: 'paged-2' });
    suite.cloud.proxy.clear();
    splitList(suite.cloud.proxy, /\/firewalls\?|\/firewalls$/);
    expect(
      (await suite.cloud.networks.list('contract')).items
        .find(({ owner: { host } }) => host === 'paged')
        ?.rules.map(({ ports }) => ports[0]),
    ).toEqual([22, 80, 443]);
    splitList(suite.cloud.proxy, /\/addresses\?/);
    expect((await suite.cloud.addresses.list('contract')).items.map((each) => each.owner?.host).sort()).toEqual([
      'paged',
      'paged-2',
    ]);
    expect([suite.cloud.proxy.seen(/pageToken=page-2/), suite.cloud.proxy.seen(/pageToken=page-3/)]).toEqual([2, 2]);
    for (const host of ['paged', 'paged-2']) await suite.cloud.addresses.release('contract', host);
    await suite.cloud.networks.remove('contract', 'paged');
  });

  test('row 5: a page that says NO_RESULTS_ON_PAGE is no end and no error; one that says UNREACHABLE makes the list fail by its zone', async () => {
    const name = await create();
    const list = { method: 'GET', path: /\/instances\?/ };
    suite.cloud.proxy.faults.push({
      on: list,
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) =>
          JSON.stringify({ ...(JSON.parse(body) as object), warning: { code: 'NO_RESULTS_ON_PAGE', message: 'none' } }),
      },
    });
    expect((await suite.cloud.instances.list('contract')).items.map((each) => each.name)).toContain(name);
    suite.cloud.proxy.faults.push({
      on: list,
      then: {
        kind: 'rewrite',
        body: (body) =>
          JSON.stringify({
            ...(JSON.parse(body) as object),
            warning: { code: 'UNREACHABLE', message: 'us-central1-a is unreachable' },
          }),
      },
    });
    await expect(suite.cloud.instances.list('contract')).rejects.toMatchObject({
      code: 'PROVIDER_DOWN',
      message: expect.stringMatching(
        /listing machines in us-central1-a is not complete: us-central1-a is unreachable/,
      ) as string,
    });
    suite.cloud.proxy.clear();
    const two = await startGcp({ far: { zone: 'europe-west1-b' } as never, near: {} as never }, suite.clock);
    two.proxy.faults.push({
      on: { path: /europe-west1-b\/instances\?/ },
      then: {
        kind: 'rewrite',
        body: (body) =>
          JSON.stringify({ ...(JSON.parse(body) as object), warning: { code: 'UNREACHABLE', message: 'down' } }),
      },
    });
    expect((await two.instances.list('contract')).failed).toEqual([
      { where: 'europe-west1-b', message: expect.stringContaining('is not complete: down') as string },
    ]);
    await two.stop();
  });

  test('row 13: a login that expires in mid-run stops with one message and no storm of retries', async () => {
    suite.cloud.proxy.faults.push({
      on: INSERT,
      then: gcpRefusal(401, 'authError', 'Request had invalid authentication credentials.'),
    });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({
      code: 'NOT_LOGGED_IN',
      exitCode: 4,
      hint: expect.stringContaining('gcloud auth') as string,
    });
    expect(inserts()).toBe(1);
  });

  test('row 13: a missing right is told as denied', async () => {
    suite.cloud.proxy.faults.push({ on: INSERT, then: gcpRefusal(403, 'forbidden') });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(inserts()).toBe(1);
  });

  test('row 13: no login at all is one clear error, and no unhandled one', async () => {
    const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
    process.env.GOOGLE_APPLICATION_CREDENTIALS = '/nowhere/account.json';
    const provider = gcpProvider({
      fleet: 'contract',
      dir: '/',
      config: { project: 'contract', zone: 'us-central1-a', endpoint: suite.cloud.proxy.url },
      hosts: {},
      env: process.env,
      clock: suite.clock,
      stateDir: async () => '/',
      templates: '',
    });
    await expect(provider.instances?.find('contract', 'app-1')).rejects.toMatchObject({
      code: 'NOT_LOGGED_IN',
      exitCode: 4,
    });
    process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
  });
});
