import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import type { Instance } from '../../src/providers/contracts/instances.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';

const MACHINE = /\/virtualMachines\/[^/?]+\?/;
const OPERATION = /\/operations\//;
const answer = (status: number, code: string, headers: Record<string, string> = {}) =>
  ({ kind: 'answer' as const, status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ error: { code, message: `the words of ${code}` } }) });

/** What the real Resource Manager does, by the row of the project's table of such behaviour (docs/emulators.md). */
describe('azure behind the fault proxy', () => {
  let azure: AzureOnStub;
  let count = 0;
  const waited: string[] = [];
  const slept: number[] = [];
  // Real pauses are shortened: the waits themselves are real.
  const quick = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => { slept.push(ms); return systemClock.sleep(Math.min(ms, 10), signal); } };
  const spec = () => {
    count += 1;
    return { name: `app-${count}`, fleet: 'contract', roles: ['app'], runId: 'run-7', ...azure.extra(`app-${count}`) };
  };
  const io = { progress: (message: string) => waited.push(message) };
  const machines = (name: string): number => azure.stub.machines.made.filter((id) => id.endsWith(`-${name}`)).length;
  const sent = (method: string, path: RegExp): number => azure.proxy.requests.filter((each) => each.method === method && path.test(each.path)).length;
  const create = async (): Promise<Instance> => {
    const wanted = spec();
    const made = await azure.instances.create(wanted, io);
    expect(made).toMatchObject({ name: wanted.name, state: 'running' });
    expect(machines(wanted.name)).toBe(1);
    return made;
  };

  beforeAll(async () => {
    azure = await startAzure({}, quick);
  }, 120_000);
  afterAll(() => (azure as AzureOnStub | undefined)?.stop());
  afterEach(() => {
    azure.proxy.clear();
    azure.stub.operations.looks = 1;
    azure.stub.operations.held = undefined;
    azure.stub.page(undefined);
    waited.length = slept.length = 0;
  });

  test('row 5: a list that is split, with an empty page in between, is complete', async () => {
    for (let made = 0; made < 3; made += 1) await create();
    const all = await azure.instances.list('contract');
    expect(all.items.length).toBeGreaterThan(2);
    azure.stub.page(1);
    const first = { method: 'GET', path: /\/virtualMachines\?(?!.*skiptoken)/ };
    azure.proxy.faults.push({ on: first, then: { kind: 'rewrite', body: (_body, { path }) => JSON.stringify({ value: [], nextLink: `${azure.proxy.url}${path}&$skiptoken=0` }) } });
    azure.proxy.requests.length = 0;
    expect(await azure.instances.list('contract')).toEqual(all);
    expect(sent('GET', /\/virtualMachines\?.*skiptoken=0/)).toBe(2);
    expect(sent('GET', /\/networkInterfaces\?.*skiptoken/)).toBe(all.items.length - 1);
  });

  test('row 6: an operation in progress is polled at the pace that Azure asks for, with what is seen', async () => {
    azure.stub.operations.looks = 3;
    azure.proxy.faults.push({ on: { path: OPERATION }, then: { kind: 'rewrite', body: (body) => body, headers: { 'retry-after': '7' } } });
    await create();
    expect(slept).toContain(7000);
    expect(waited).toContainEqual(expect.stringMatching(/^waiting for making app-\d+ \(in progress, .* left\)$/));
  });

  test('row 6: a provisioning state that lags behind is waited out', async () => {
    const name = `app-${count + 1}`;
    const updating = (body: string): string => body.replace('"provisioningState":"Succeeded"', '"provisioningState":"Updating"').replace(/"instanceView":\{.*?\]\}/, '"instanceView":{"statuses":[]}');
    azure.proxy.faults.push({ on: { method: 'GET', path: new RegExp(`/virtualMachines/[^/?]*${name}\\?.*instanceView`) }, after: 1, times: 3, then: { kind: 'rewrite', body: updating } });
    await create();
    expect(waited).toContainEqual(expect.stringMatching(/to run \(Updating, starting/));
  });

  test.each([
    ['AllocationFailed', 'CAPACITY'], ['OverconstrainedAllocationRequest', 'CAPACITY'], ['SkuNotAvailable', 'CAPACITY'], ['OperationNotAllowed', 'QUOTA'], ['VMStartTimedOut', 'PROVIDER_DOWN'],
  ])('row 6: an operation that ends with %s is told as %s, and the next try of the run makes the machine', async (code, kind) => {
    const wanted = spec();
    azure.stub.operations.failing = { on: /virtualMachines/, times: 1, error: { code, message: 'no luck' } };
    let kept: string | undefined;
    const keeping = { ...io, keep: async (state: string) => { kept = state; } };
    await expect(azure.instances.create(wanted, keeping)).rejects.toMatchObject({ code: kind, original: code, message: expect.stringContaining('no luck') as string });
    expect(sent('PUT', MACHINE)).toBe(1);
    expect(await azure.instances.find('contract', wanted.name)).toMatchObject({ state: 'failed' });
    // Another run does not remove what it did not make.
    await expect(azure.instances.create({ ...wanted, runId: 'run-8' }, io)).rejects.toMatchObject({ original: code });
    expect(await azure.instances.create(wanted, { ...keeping, resume: kept })).toMatchObject({ state: 'running' });
    await azure.instances.destroy('contract', wanted.name, io);
    expect(azure.stub.left().filter((id) => id.includes(wanted.name))).toEqual([]);
  });

  test('row 6: the address of an operation that is unknown once, throttled once and cut once is asked again', async () => {
    const name = `app-${count + 1}`;
    azure.stub.operations.looks = 4;
    azure.proxy.faults.push({ on: { method: 'PUT', path: MACHINE }, times: 1, then: { kind: 'rewrite', body: (body) => {
      azure.proxy.faults.push(
        { on: { path: OPERATION }, times: 1, then: answer(404, 'NotFound') }, { on: { path: OPERATION }, times: 1, then: answer(429, 'TooManyRequests', { 'retry-after': '2' }) },
        { on: { path: OPERATION }, times: 1, then: { kind: 'cut' } },
      );
      return body;
    } } });
    await create();
    for (const seen of ['not known yet', 'too many requests', 'no answer']) expect(waited).toContainEqual(expect.stringContaining(`waiting for making ${name} (${seen}`));
    expect(slept).toContain(2000);
    expect(sent('PUT', MACHINE)).toBe(1);
  });

  test('row 6: an operation that was broken off is gone on with by its kept state', async () => {
    const wanted = spec();
    azure.stub.operations.held = /virtualMachines/;
    const stop = new AbortController();
    let kept = '';
    const running = azure.instances.create(wanted, { signal: stop.signal, keep: async (state) => { kept = state; if (state.includes(`making ${wanted.name}`)) stop.abort(new Error('stopped')); } });
    await expect(running).rejects.toThrow('stopped');
    for (const secret of [wanted.userData ?? '', Buffer.from(wanted.userData ?? '').toString('base64')]) expect(kept).not.toContain(secret);
    azure.stub.operations.held = undefined;
    expect(await azure.instances.create({ ...wanted, token: 'other' }, { ...io, resume: kept })).toMatchObject({ state: 'running' });
    expect(sent('PUT', MACHINE)).toBe(1);
    expect(machines(wanted.name)).toBe(1);
  });

  test('row 6: kept state that Azure does not know any more does no harm', async () => {
    const wanted = spec();
    const url = `${azure.proxy.url}/subscriptions/s/providers/Microsoft.Stub/locations/x/operations/none?api-version=2024-01-01`;
    const config = { operationLocation: url, initialRequestUrl: `${azure.proxy.url}/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v?api-version=2024-01-01`, requestMethod: 'PUT', metadata: { mode: 'OperationLocation' } };
    const resume = JSON.stringify({ doing: `making ${wanted.name}`, state: JSON.stringify({ state: { status: 'running', config } }) });
    expect(await azure.instances.create(wanted, { ...io, resume })).toMatchObject({ state: 'running' });
    expect(await azure.instances.create({ ...wanted, runId: 'run-8' }, { ...io, resume: 'not ours' })).toMatchObject({ state: 'running' });
    expect(machines(wanted.name)).toBe(1);
  });

  test('row 7: a throttled request is repeated when Azure says so, whatever its code', async () => {
    azure.proxy.faults.push({ on: { method: 'PUT', path: MACHINE }, times: 3, then: answer(429, 'OperationNotAllowed', { 'retry-after': '3', 'x-ms-ratelimit-remaining-subscription-writes': '0' }) });
    await create();
    expect(slept.filter((ms) => ms === 3000)).toHaveLength(3);
    expect(waited).toContainEqual(expect.stringContaining('too many requests'));
    expect(sent('PUT', MACHINE)).toBe(4);
  });

  test('row 7: what stays throttled is told as throttled', async () => {
    let now = Date.now();
    const patient = await startAzure({}, { now: () => now, monotonic: () => now, sleep: async (ms) => { now += ms; await systemClock.sleep(1); } });
    patient.proxy.faults.push({ on: { path: /virtualMachines/ }, then: answer(429, 'TooManyRequests', { 'retry-after': '30' }) });
    await expect(patient.instances.list('contract')).rejects.toMatchObject({ code: 'THROTTLED', hint: expect.stringContaining('try again') as string });
    await patient.stop();
  });

  test.each([[409, 'AnotherOperationInProgress'], [409, 'RetryableError'], [409, 'Conflict']])('row 7: %i %s is waited out', async (status, code) => {
    azure.proxy.faults.push({ on: { method: 'PUT', path: /networkInterfaces/ }, times: 2, then: answer(status, code) }, { on: { method: 'PUT', path: MACHINE }, times: 2, then: answer(status, code) });
    await create();
    expect(waited).toContainEqual(expect.stringContaining('another operation is in progress'));
  });

  test('row 7: tags that somebody else wrote meanwhile are read again', async () => {
    const { name } = await create();
    azure.proxy.faults.push({ on: { method: 'PATCH' }, times: 1, then: answer(412, 'PreconditionFailed') });
    await azure.instances.describe('contract', name, { hostKey: 'ssh-ed25519 NEW' });
    expect(await azure.instances.find('contract', name)).toMatchObject({ endpoint: { hostKeys: ['ssh-ed25519 NEW'] }, owner: { run: 'run-7' } });
    expect(sent('PATCH', MACHINE)).toBe(2);
  });

  test('row 7: things that are not known everywhere right after they were made', async () => {
    const name = `app-${count + 1}`;
    azure.proxy.faults.push(
      { on: { method: 'PUT', path: /networkInterfaces/ }, times: 2, then: answer(400, 'InvalidResourceReference') }, { on: { method: 'PUT', path: MACHINE }, times: 1, then: answer(404, 'ResourceNotFound') },
      { on: { method: 'GET', path: new RegExp(`/virtualMachines/[^/?]*${name}\\?.*instanceView`) }, after: 1, times: 3, then: answer(404, 'ResourceNotFound') },
    );
    await create();
    expect(waited).toContainEqual(expect.stringContaining(`waiting for ${name} to run (not known yet`));
  });

  test('row 7: a lost answer to the request for a machine makes one machine', async () => {
    azure.proxy.faults.push({ on: { method: 'PUT', path: MACHINE }, times: 1, then: { kind: 'lose' } });
    const { name } = await create();
    expect(waited).toContain(`${name} is being made already`);
    expect(sent('PUT', MACHINE)).toBe(2);
  });

  test('row 7: what belongs to a host is removed in the order that Azure takes, and what it still counts as used is waited for', async () => {
    const wanted = { ...spec(), fleet: 'order' };
    const rules = [{ protocol: 'tcp' as const, ports: [22, 22] as [number, number], from: ['2001:db8::/32', '203.0.113.7/32'], purpose: 'ssh' }];
    const firewall = await azure.networks.ensure({ fleet: 'order', host: wanted.name, run: 'run-7', rules }, io);
    expect(await azure.networks.find('order', wanted.name)).toMatchObject({ rules });
    await azure.instances.create({ ...wanted, firewall }, io);
    azure.proxy.faults.push(
      { on: { method: 'DELETE', path: /networkInterfaces/ }, times: 1, then: answer(400, 'NicInUse') }, { on: { method: 'DELETE', path: /publicIPAddresses/ }, times: 2, then: answer(400, 'PublicIPAddressCannotBeDeleted') },
      { on: { method: 'DELETE', path: /networkSecurityGroups/ }, times: 2, then: answer(400, 'InUseNetworkSecurityGroupCannotBeDeleted') },
      { on: { method: 'DELETE', path: /\/virtualNetworks/ }, times: 1, then: answer(400, 'InUseSubnetCannotBeDeleted') },
    );
    await azure.instances.destroy('order', wanted.name, io);
    await azure.networks.remove('order', wanted.name, io);
    const kinds = azure.proxy.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => /\/([^/]+)\/[^/]+\?/.exec(path)?.[1]);
    expect([...new Set(kinds)]).toEqual(['virtualMachines', 'networkInterfaces', 'publicIPAddresses', 'networkSecurityGroups', 'virtualNetworks', 'resourcegroups'].map((kind) => expect.stringMatching(new RegExp(`^${kind}$`, 'i')) as string));
    expect(azure.stub.left().filter((id) => id.includes('order'))).toEqual([]);
  });

  test('row 7: a removal that was broken off is seen, and finished by the next', async () => {
    const { name } = await create();
    const stop = new AbortController();
    azure.stub.operations.held = /networkInterfaces/;
    const running = azure.instances.destroy('contract', name, { signal: stop.signal, keep: async (state) => { if (state.includes('network interface')) stop.abort(new Error('stopped')); } });
    await expect(running).rejects.toThrow('stopped');
    azure.stub.operations.held = undefined;
    expect(await azure.instances.find('contract', name)).toMatchObject({ name, state: 'missing', owner: { run: 'run-7' } });
    await azure.instances.destroy('contract', name, io);
    expect(azure.stub.left().filter((id) => id.includes(`-${name}-`))).toEqual([]);
  });

  test('row 13: a login that expires in mid-run stops with one message and no storm of retries', async () => {
    azure.stub.operations.looks = 5;
    azure.proxy.faults.push({ on: { method: 'PUT', path: MACHINE }, times: 1, then: { kind: 'rewrite', body: (body) => {
      azure.proxy.faults.push({ on: {}, then: answer(401, 'ExpiredAuthenticationToken', { 'www-authenticate': 'Bearer authorization_uri="https://login.example", error="invalid_token"' }) });
      azure.proxy.requests.length = 0;
      return body;
    } } });
    await expect(azure.instances.create(spec(), io)).rejects.toMatchObject({ code: 'NOT_LOGGED_IN', exitCode: 4, hint: expect.stringContaining('az login') as string });
    expect(azure.proxy.requests).toHaveLength(1);
  });

  test('row 13: a missing right is told as denied, and a missing login as such', async () => {
    azure.proxy.faults.push({ on: { method: 'PUT', path: MACHINE }, then: answer(403, 'AuthorizationFailed') });
    await expect(azure.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(sent('PUT', MACHINE)).toBe(1);
    const other = await startAzure();
    process.env.AZURE_TOKEN_CREDENTIALS = 'EnvironmentCredential';
    await expect(other.instances.list('contract')).rejects.toMatchObject({ code: 'NOT_LOGGED_IN', exitCode: 4, message: expect.stringContaining('there is no login') as string });
    expect(other.proxy.requests).toEqual([]);
    process.env.AZURE_TOKEN_CREDENTIALS = 'ManagedIdentityCredential';
    await other.stop();
  });
});
