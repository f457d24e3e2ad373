import { afterEach, describe, expect, test } from 'vitest';
import type { Instance } from '../../src/providers/contracts/instances.js';
import { systemClock } from '../../src/core/clock.js';
import { startAzure } from '../helpers/azure.js';
import { azureRefusal } from '../helpers/fault-proxy/answers.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';

const MACHINE = /\/virtualMachines\/[^/?]+\?/;

/** What the real Resource Manager does, by the row of the project's table of such behaviour (docs/emulators.md). */
describe('azure behind the fault proxy', () => {
  const suite = faultSuite((clock) => startAzure({}, clock), 10);
  const { waited, slept, io, spec } = suite;
  const machines = (name: string): number =>
    suite.cloud.stub.machines.made.filter((id) => id.endsWith(`-${name}`)).length;
  const sent = (method: string, path: RegExp): number =>
    suite.cloud.proxy.requests.filter((each) => each.method === method && path.test(each.path)).length;
  const create = async (): Promise<Instance> => {
    const made = await suite.create();
    expect(machines(made.name)).toBe(1);
    return made;
  };

  afterEach(() => {
    suite.cloud.stub.operations.looks = 1;
    suite.cloud.stub.operations.held = undefined;
    suite.cloud.stub.page(undefined);
  });

  test('row 5: a list that is split, with an empty page in between, is complete', async () => {
    for (let made = 0; made < 3; made += 1) await create();
    const all = await suite.cloud.instances.list('contract');
    expect(all.items.length).toBeGreaterThan(2);
    suite.cloud.stub.page(1);
    const first = { method: 'GET', path: /\/virtualMachines\?(?!.*skiptoken)/ };
    suite.cloud.proxy.faults.push({
      on: first,
      then: {
        kind: 'rewrite',
        body: (_body, { path }) =>
          JSON.stringify({ value: [], nextLink: `${suite.cloud.proxy.url}${path}&$skiptoken=0` }),
      },
    });
    suite.cloud.proxy.requests.length = 0;
    expect(await suite.cloud.instances.list('contract')).toEqual(all);
    expect(sent('GET', /\/virtualMachines\?.*skiptoken=0/)).toBe(2);
    expect(sent('GET', /\/networkInterfaces\?.*skiptoken/)).toBe(all.items.length - 1);
  });

  test('row 7: a throttled request is repeated when Azure says so, whatever its code', async () => {
    suite.cloud.proxy.faults.push({
      on: { method: 'PUT', path: MACHINE },
      times: 3,
      then: azureRefusal(429, 'OperationNotAllowed', {
        'retry-after': '3',
        'x-ms-ratelimit-remaining-subscription-writes': '0',
      }),
    });
    await create();
    expect(slept.filter((ms) => ms === 3000)).toHaveLength(3);
    expect(waited).toContainEqual(expect.stringContaining('too many requests'));
    expect(sent('PUT', MACHINE)).toBe(4);
  });

  test('row 7: what stays throttled is told as throttled', async () => {
    let now = Date.now();
    const patient = await startAzure(
      {},
      {
        now: () => now,
        monotonic: () => now,
        sleep: async (ms) => {
          now += ms;
          await systemClock.sleep(1);
        },
      },
    );
    patient.proxy.faults.push({
      on: { path: /virtualMachines/ },
      then: azureRefusal(429, 'TooManyRequests', { 'retry-after': '30' }),
    });
    await expect(patient.instances.list('contract')).rejects.toMatchObject({
      code: 'THROTTLED',
      hint: expect.stringContaining('try again') as string,
    });
    await patient.stop();
  });

  test.each([
    [409, 'AnotherOperationInProgress'],
    [409, 'RetryableError'],
    [409, 'Conflict'],
  ])('row 7: %i %s is waited out', async (status, code) => {
    suite.cloud.proxy.faults.push(
      { on: { method: 'PUT', path: /networkInterfaces/ }, times: 2, then: azureRefusal(status, code) },
      { on: { method: 'PUT', path: MACHINE }, times: 2, then: azureRefusal(status, code) },
    );
    await create();
    expect(waited).toContainEqual(expect.stringContaining('another operation is in progress'));
  });

  test('row 7: tags that somebody else wrote meanwhile are read again', async () => {
    const { name } = await create();
    suite.cloud.proxy.faults.push({ on: { method: 'PATCH' }, times: 1, then: azureRefusal(412, 'PreconditionFailed') });
    await suite.cloud.instances.describe('contract', name, { hostKey: 'ssh-ed25519 NEW' });
    expect(await suite.cloud.instances.find('contract', name)).toMatchObject({
      endpoint: { hostKeys: ['ssh-ed25519 NEW'] },
      owner: { run: 'run-7' },
    });
    expect(sent('PATCH', MACHINE)).toBe(2);
  });

  test('row 7: things that are not known everywhere right after they were made', async () => {
    const name = suite.nextName;
    suite.cloud.proxy.faults.push(
      {
        on: { method: 'PUT', path: /networkInterfaces/ },
        times: 2,
        then: azureRefusal(400, 'InvalidResourceReference'),
      },
      { on: { method: 'PUT', path: MACHINE }, times: 1, then: azureRefusal(404, 'ResourceNotFound') },
      {
        on: { method: 'GET', path: new RegExp(`/virtualMachines/[^/?]*${name}\\?.*instanceView`) },
        after: 1,
        times: 3,
        then: azureRefusal(404, 'ResourceNotFound'),
      },
    );
    await create();
    expect(waited).toContainEqual(expect.stringContaining(`waiting for ${name} to run (not known yet`));
  });

  test('row 7: a lost answer to the request for a machine makes one machine', async () => {
    suite.cloud.proxy.faults.push({ on: { method: 'PUT', path: MACHINE }, times: 1, then: { kind: 'lose' } });
    const { name } = await create();
    expect(waited).toContain(`${name} is being made already`);
    expect(sent('PUT', MACHINE)).toBe(2);
  });

  test('row 7: what belongs to a host is removed in the order that Azure takes, and what it still counts as used is waited for', async () => {
    const wanted = { ...spec(), fleet: 'order' };
    const rules = [
      {
        protocol: 'tcp' as const,
        ports: [22, 22] as [number, number],
        from: ['2001:db8::/32', '203.0.113.7/32'],
        purpose: 'ssh',
      },
    ];
    const firewall = await suite.cloud.networks.ensure({ fleet: 'order', host: wanted.name, run: 'run-7', rules }, io);
    expect(await suite.cloud.networks.find('order', wanted.name)).toMatchObject({ rules });
    await suite.cloud.instances.create({ ...wanted, firewall }, io);
    suite.cloud.proxy.faults.push(
      { on: { method: 'DELETE', path: /networkInterfaces/ }, times: 1, then: azureRefusal(400, 'NicInUse') },
      {
        on: { method: 'DELETE', path: /publicIPAddresses/ },
        times: 2,
        then: azureRefusal(400, 'PublicIPAddressCannotBeDeleted'),
      },
      {
        on: { method: 'DELETE', path: /networkSecurityGroups/ },
        times: 2,
        then: azureRefusal(400, 'InUseNetworkSecurityGroupCannotBeDeleted'),
      },
      {
        on: { method: 'DELETE', path: /\/virtualNetworks/ },
        times: 1,
        then: azureRefusal(400, 'InUseSubnetCannotBeDeleted'),
      },
    );
    await suite.cloud.instances.destroy('order', wanted.name, io);
    await suite.cloud.networks.remove('order', wanted.name, io);
    const kinds = suite.cloud.proxy.requests
      .filter(({ method }) => method === 'DELETE')
      .map(({ path }) => /\/([^/]+)\/[^/]+\?/.exec(path)?.[1]);
    expect([...new Set(kinds)]).toEqual(
      [
        'virtualMachines',
        'networkInterfaces',
        'publicIPAddresses',
        'networkSecurityGroups',
        'virtualNetworks',
        'resourcegroups',
      ].map((kind) => expect.stringMatching(new RegExp(`^${kind}$`, 'i')) as string),
    );
    expect(suite.cloud.stub.left().filter((id) => id.includes('order'))).toEqual([]);
  });

  test('row 7: a removal that was broken off is seen, and finished by the next', async () => {
    const { name } = await create();
    const stop = new AbortController();
    suite.cloud.stub.operations.held = /networkInterfaces/;
    const running = suite.cloud.instances.destroy('contract', name, {
      signal: stop.signal,
      keep: async (state) => {
        if (state.includes('network interface')) stop.abort(new Error('stopped'));
      },
    });
    await expect(running).rejects.toThrow('stopped');
    suite.cloud.stub.operations.held = undefined;
    expect(await suite.cloud.instances.find('contract', name)).toMatchObject({
      name,
      state: 'missing',
      owner: { run: 'run-7' },
    });
    await suite.cloud.instances.destroy('contract', name, io);
    expect(suite.cloud.stub.left().filter((id) => id.includes(`-${name}-`))).toEqual([]);
  });

  test('row 13: a login that expires in mid-run stops with one message and no storm of retries', async () => {
    suite.cloud.stub.operations.looks = 5;
    suite.cloud.proxy.faults.push({
      on: { method: 'PUT', path: MACHINE },
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) => {
          suite.cloud.proxy.faults.push({
            on: {},
            then: azureRefusal(401, 'ExpiredAuthenticationToken', {
              'www-authenticate': 'Bearer authorization_uri="https://login.example", error="invalid_token"',
            }),
          });
          suite.cloud.proxy.requests.length = 0;
          return body;
        },
      },
    });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({
      code: 'NOT_LOGGED_IN',
      exitCode: 4,
      hint: expect.stringContaining('az login') as string,
    });
    expect(suite.cloud.proxy.requests).toHaveLength(1);
  });

  test('row 13: a missing right is told as denied, and a missing login as such', async () => {
    suite.cloud.proxy.faults.push({
      on: { method: 'PUT', path: MACHINE },
      then: azureRefusal(403, 'AuthorizationFailed'),
    });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(sent('PUT', MACHINE)).toBe(1);
    const other = await startAzure();
    process.env.AZURE_TOKEN_CREDENTIALS = 'EnvironmentCredential';
    await expect(other.instances.list('contract')).rejects.toMatchObject({
      code: 'NOT_LOGGED_IN',
      exitCode: 4,
      message: expect.stringContaining('there is no login') as string,
    });
    expect(other.proxy.requests).toEqual([]);
    process.env.AZURE_TOKEN_CREDENTIALS = 'ManagedIdentityCredential';
    await other.stop();
  });
});
