import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { startFaultProxy } from '../helpers/fault-proxy/index.js';

const OPERATION = /\/operations\//;
const json = (status: number, body: object, headers: Record<string, string> = {}) => ({
  kind: 'answer' as const,
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const refusal = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(status, { error: { code, message: `the words of ${code}` } }, headers);
/** What is made and removed, from first to last. */
const KINDS = [
  'resourcegroups',
  'networkSecurityGroups',
  'virtualNetworks',
  'publicIPAddresses',
  'networkInterfaces',
  'virtualMachines',
];
const one = (kind: string): RegExp => new RegExp(`/${kind}/[^/?]+\\?`, 'i');

/** What the real Resource Manager does with answers, pages and operations of everything that a host needs, by the row of the table in docs/emulators.md. */
describe('azure behind the fault proxy: lost answers, pages, throttling', () => {
  let azure: AzureOnStub;
  const waited: string[] = [];
  // Real pauses are shortened: the waits themselves are real.
  const quick = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 10), signal),
  };
  const io = { progress: (message: string) => waited.push(message) };
  const rule = (port: number) => ({
    protocol: 'tcp' as const,
    ports: [port, port] as [number, number],
    from: ['203.0.113.7/32'],
    purpose: 'ssh',
  });
  const owner = (host: string) => ({ fleet: 'lost', host, run: 'run-7' });
  const spec = (name: string) => ({ name, fleet: 'lost', roles: ['app'], runId: 'run-7', ...azure.extra(name) });
  const make = async (host: string): Promise<void> => {
    const firewall = await azure.networks.ensure({ ...owner(host), rules: [rule(22)] }, io);
    await azure.instances.create({ ...spec(host), firewall }, io);
  };
  const remove = async (host: string): Promise<void> => {
    await azure.instances.destroy('lost', host, io);
    await azure.networks.remove('lost', host, io);
  };
  const untouched = (): unknown[] => azure.proxy.faults.filter(({ times }) => times !== 0).map(({ on }) => on);

  beforeAll(async () => {
    azure = await startAzure({}, quick);
  }, 120_000);
  afterAll(() => (azure as AzureOnStub | undefined)?.stop());
  afterEach(async () => {
    azure.proxy.clear();
    azure.stub.page(undefined);
    waited.length = 0;
    expect(azure.stub.left()).toEqual([]);
  });

  test('row 7: lost answers to all that a host comes and goes with leave one machine, then nothing', async () => {
    for (const kind of KINDS)
      for (const method of ['PUT', 'DELETE'])
        azure.proxy.faults.push({ on: { method, path: one(kind) }, times: 1, then: { kind: 'lose' } });
    azure.proxy.faults.push({
      on: { method: 'PATCH', path: one('virtualMachines') },
      times: 1,
      then: { kind: 'lose' },
    });
    for (const action of ['deallocate', 'start', 'restart'])
      azure.proxy.faults.push({
        on: { method: 'POST', path: new RegExp(`/${action}\\?`) },
        times: 1,
        then: { kind: 'lose' },
      });
    await make('host-1');
    await azure.instances.describe('lost', 'host-1', { hostKey: 'ssh-ed25519 NEW' });
    await azure.instances.power('lost', 'host-1', 'restart', io);
    await azure.instances.power('lost', 'host-1', 'stop', io);
    expect(await azure.instances.create(spec('host-1'), io)).toMatchObject({
      state: 'running',
      endpoint: { hostKeys: ['ssh-ed25519 NEW'] },
    });
    expect(azure.stub.machines.made.filter((id) => id.endsWith('-host-1'))).toHaveLength(1);
    await remove('host-1');
    expect(untouched()).toEqual([]);
    expect(waited).toContainEqual(expect.stringContaining('no answer'));
  }, 60_000);

  test('row 7: lost answers to all that is asked of an address leave one, then none', async () => {
    await make('host-2');
    const { id: own } = await azure.addresses.allocate(owner('host-2'), io);
    await azure.addresses.release('lost', 'host-2', io);
    for (const [method, kind] of [
      ['PUT', 'publicIPAddresses'],
      ['PUT', 'networkInterfaces'],
      ['DELETE', 'publicIPAddresses'],
    ] as const)
      azure.proxy.faults.push({ on: { method, path: one(kind) }, times: 1, then: { kind: 'lose' } });
    const { id } = await azure.addresses.allocate(owner('host-2'), io);
    expect(id).toBe(own);
    expect((await azure.addresses.list('lost')).items).toHaveLength(1);
    expect(await azure.addresses.associate(id, 'lost', 'host-2')).toMatchObject({
      id,
      heldBy: expect.stringContaining('host-2') as string,
    });
    await azure.addresses.release('lost', 'host-2', io);
    expect((await azure.addresses.list('lost')).items).toEqual([]);
    expect(untouched()).toEqual([]);
    await remove('host-2');
  }, 60_000);

  test.each([
    ['Canceled', 'CONFLICT'],
    ['Failed', 'CAPACITY'],
  ])('row 6: an operation that ends as %s is told as %s, with its words', async (status, kind) => {
    azure.proxy.faults.push({
      on: { method: 'PUT', path: one('virtualMachines') },
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) => {
          azure.proxy.faults.push({
            on: { path: OPERATION },
            times: 1,
            then: json(200, {
              status,
              error: { code: status === 'Canceled' ? 'Canceled' : 'AllocationFailed', message: 'so it ended' },
            }),
          });
          return body;
        },
      },
    });
    await expect(make('host-3')).rejects.toMatchObject({
      code: kind,
      message: expect.stringContaining('so it ended') as string,
    });
    await remove('host-3');
  });

  test('row 5: security groups and addresses in split and empty pages are complete', async () => {
    const hosts = ['host-4', 'host-5', 'host-6'];
    for (const host of hosts) {
      await azure.networks.ensure({ ...owner(host), rules: [rule(22)] }, io);
      await azure.addresses.allocate(owner(host), io);
    }
    azure.proxy.clear();
    azure.stub.page(1);
    for (const kind of ['networkSecurityGroups', 'publicIPAddresses']) {
      const first = { method: 'GET', path: new RegExp(`/${kind}\\?(?!.*skiptoken)`) };
      azure.proxy.faults.push({
        on: first,
        times: 1,
        then: {
          kind: 'rewrite',
          body: (_body, { path }) => JSON.stringify({ value: [], nextLink: `${azure.proxy.url}${path}&$skiptoken=0` }),
        },
      });
    }
    expect((await azure.networks.list('lost')).items.map((each) => each.owner.host).sort()).toEqual(hosts);
    expect((await azure.addresses.list('lost')).items.map((each) => each.owner?.host).sort()).toEqual(hosts);
    for (const kind of ['networkSecurityGroups', 'publicIPAddresses'])
      expect(azure.proxy.seen(new RegExp(`/${kind}\\?.*skiptoken`))).toBe(hosts.length);
    for (const host of hosts) await azure.addresses.release('lost', host, io);
    for (const host of hosts) await azure.networks.remove('lost', host, io);
  }, 60_000);

  test('row 5: a list that is said to go on at another host is told, and the login is not sent there', async () => {
    const elsewhere = await startFaultProxy(azure.stub.url, azure.tls);
    for (const host of ['host-7', 'host-8']) await azure.networks.ensure({ ...owner(host), rules: [rule(22)] }, io);
    azure.stub.page(1);
    azure.proxy.faults.push({
      on: { method: 'GET', path: /\/networkSecurityGroups\?/ },
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) => body.replaceAll(azure.proxy.url, elsewhere.url).replaceAll(azure.stub.url, elsewhere.url),
      },
    });
    await expect(azure.networks.list('lost')).rejects.toMatchObject({
      original: 'ForeignNextLink',
      message: expect.stringContaining(new URL(elsewhere.url).host) as string,
    });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
    azure.stub.page(undefined);
    for (const host of ['host-7', 'host-8']) await azure.networks.remove('lost', host, io);
  });

  test('an operation that is said to be on another host, or a redirect to one, does not get the login', async () => {
    const elsewhere = await startFaultProxy(azure.stub.url, azure.tls);
    const headers = {
      'azure-asyncoperation': `${elsewhere.url}/operations/1?api-version=1`,
      location: `${elsewhere.url}/operations/1`,
    };
    azure.proxy.faults.push({
      on: { method: 'PUT', path: one('networkSecurityGroups') },
      times: 1,
      then: { kind: 'answer', status: 202, headers, body: '' },
    });
    await expect(azure.networks.ensure({ ...owner('host-11'), rules: [rule(22)] }, io)).rejects.toMatchObject({
      message: expect.stringContaining('login is not sent') as string,
    });
    azure.proxy.faults.push({
      on: { path: /\/networkSecurityGroups\?/ },
      times: 1,
      then: { kind: 'answer', status: 307, headers: { location: `${elsewhere.url}/x` }, body: '' },
    });
    await azure.networks.list('lost').catch(() => undefined);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
    azure.proxy.clear();
    await azure.networks.remove('lost', 'host-11', io);
  });

  test.each([
    [429, 'OperationNotAllowed', 'too many requests'],
    [409, 'AnotherOperationInProgress', 'another operation is in progress'],
  ])(
    'row 7: lists and removals wait out %i %s',
    async (status, code, seen) => {
      await make('host-9');
      if (status === 429)
        azure.proxy.faults.push({
          on: { method: 'GET', path: /\/virtualMachines\?/ },
          times: 3,
          then: refusal(status, code, { 'retry-after': '1' }),
        });
      expect((await azure.instances.list('lost')).items.map(({ name }) => name)).toEqual(['host-9']);
      for (const kind of KINDS)
        azure.proxy.faults.push({
          on: { method: 'DELETE', path: one(kind) },
          times: 2,
          then: refusal(status, code, { 'retry-after': '1' }),
        });
      await remove('host-9');
      expect(untouched()).toEqual([]);
      expect(waited).toContainEqual(expect.stringContaining(seen));
    },
    60_000,
  );

  test.each(['ExpiredAuthenticationToken', 'InvalidAuthenticationToken'])(
    'row 13: a login that expires while a host is removed (%s) stops at once; the next try ends what was begun',
    async (code) => {
      await make('host-10');
      azure.proxy.faults.push({
        on: { method: 'DELETE', path: one('networkInterfaces') },
        times: 1,
        then: {
          kind: 'rewrite',
          body: (body) => {
            azure.proxy.faults.push({
              on: {},
              then: refusal(401, code, {
                'www-authenticate': 'Bearer authorization_uri="https://login.example", error="invalid_token"',
              }),
            });
            azure.proxy.requests.length = 0;
            return body;
          },
        },
      });
      await expect(azure.instances.destroy('lost', 'host-10', io)).rejects.toMatchObject({
        code: 'NOT_LOGGED_IN',
        exitCode: 4,
      });
      expect(azure.proxy.requests.length).toBeLessThanOrEqual(1);
      azure.proxy.clear();
      await remove('host-10');
    },
  );
});
