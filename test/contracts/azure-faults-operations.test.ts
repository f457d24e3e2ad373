import { afterEach, describe, expect, test } from 'vitest';
import type { Instance } from '../../src/providers/contracts/instances.js';
import { startAzure } from '../helpers/azure.js';
import { azureRefusal } from '../helpers/fault-proxy/answers.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';

const MACHINE = /\/virtualMachines\/[^/?]+\?/;
const OPERATION = /\/operations\//;

/** What the real Resource Manager does with long-running operations, by the row of the project's table of such behaviour (docs/emulators.md). */
describe('long-running operations of azure behind the fault proxy', () => {
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

  test('row 6: an operation in progress is polled at the pace that Azure asks for, with what is seen', async () => {
    suite.cloud.stub.operations.looks = 3;
    suite.cloud.proxy.faults.push({
      on: { path: OPERATION },
      then: { kind: 'rewrite', body: (body) => body, headers: { 'retry-after': '7' } },
    });
    await create();
    expect(slept).toContain(7000);
    expect(waited).toContainEqual(expect.stringMatching(/^waiting for making app-\d+ \(in progress, .* left\)$/));
  });

  test('row 6: a provisioning state that lags behind is waited out', async () => {
    const name = suite.nextName;
    const updating = (body: string): string =>
      body
        .replace('"provisioningState":"Succeeded"', '"provisioningState":"Updating"')
        .replace(/"instanceView":\{.*?\]\}/, '"instanceView":{"statuses":[]}');
    suite.cloud.proxy.faults.push({
      on: { method: 'GET', path: new RegExp(`/virtualMachines/[^/?]*${name}\\?.*instanceView`) },
      after: 1,
      times: 3,
      then: { kind: 'rewrite', body: updating },
    });
    await create();
    expect(waited).toContainEqual(expect.stringMatching(/to run \(Updating, starting/));
  });

  test.each([
    ['AllocationFailed', 'CAPACITY'],
    ['OverconstrainedAllocationRequest', 'CAPACITY'],
    ['SkuNotAvailable', 'CAPACITY'],
    ['OperationNotAllowed', 'QUOTA'],
    ['VMStartTimedOut', 'PROVIDER_DOWN'],
  ])(
    'row 6: an operation that ends with %s is told as %s, and the next try of the run makes the machine',
    async (code, kind) => {
      const wanted = spec();
      suite.cloud.stub.operations.failing = { on: /virtualMachines/, times: 1, error: { code, message: 'no luck' } };
      let kept: string | undefined;
      const keeping = {
        ...io,
        keep: async (state: string) => {
          kept = state;
        },
      };
      await expect(suite.cloud.instances.create(wanted, keeping)).rejects.toMatchObject({
        code: kind,
        original: code,
        message: expect.stringContaining('no luck') as string,
      });
      expect(sent('PUT', MACHINE)).toBe(1);
      expect(await suite.cloud.instances.find('contract', wanted.name)).toMatchObject({ state: 'failed' });
      // Another run does not remove what it did not make.
      await expect(suite.cloud.instances.create({ ...wanted, runId: 'run-8' }, io)).rejects.toMatchObject({
        original: code,
      });
      expect(await suite.cloud.instances.create(wanted, { ...keeping, resume: kept })).toMatchObject({
        state: 'running',
      });
      await suite.cloud.instances.destroy('contract', wanted.name, io);
      expect(suite.cloud.stub.left().filter((id) => id.includes(wanted.name))).toEqual([]);
    },
  );

  test('row 6: the address of an operation that is unknown once, throttled once and cut once is asked again', async () => {
    const name = suite.nextName;
    suite.cloud.stub.operations.looks = 4;
    suite.cloud.proxy.faults.push({
      on: { method: 'PUT', path: MACHINE },
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) => {
          suite.cloud.proxy.faults.push(
            { on: { path: OPERATION }, times: 1, then: azureRefusal(404, 'NotFound') },
            { on: { path: OPERATION }, times: 1, then: azureRefusal(429, 'TooManyRequests', { 'retry-after': '2' }) },
            { on: { path: OPERATION }, times: 1, then: { kind: 'cut' } },
          );
          return body;
        },
      },
    });
    await create();
    for (const seen of ['not known yet', 'too many requests', 'no answer'])
      expect(waited).toContainEqual(expect.stringContaining(`waiting for making ${name} (${seen}`));
    expect(slept).toContain(2000);
    expect(sent('PUT', MACHINE)).toBe(1);
  });

  test('row 6: an operation that was broken off is gone on with by its kept state', async () => {
    const wanted = spec();
    suite.cloud.stub.operations.held = /virtualMachines/;
    const stop = new AbortController();
    let kept = '';
    const running = suite.cloud.instances.create(wanted, {
      signal: stop.signal,
      keep: async (state) => {
        kept = state;
        if (state.includes(`making ${wanted.name}`)) stop.abort(new Error('stopped'));
      },
    });
    await expect(running).rejects.toThrow('stopped');
    for (const secret of [wanted.userData ?? '', Buffer.from(wanted.userData ?? '').toString('base64')])
      expect(kept).not.toContain(secret);
    suite.cloud.stub.operations.held = undefined;
    expect(await suite.cloud.instances.create({ ...wanted, token: 'other' }, { ...io, resume: kept })).toMatchObject({
      state: 'running',
    });
    expect(sent('PUT', MACHINE)).toBe(1);
    expect(machines(wanted.name)).toBe(1);
  });

  test('row 6: kept state that Azure does not know any more does no harm', async () => {
    const wanted = spec();
    const url = `${suite.cloud.proxy.url}/subscriptions/s/providers/Microsoft.Stub/locations/x/operations/none?api-version=2024-01-01`;
    const config = {
      operationLocation: url,
      initialRequestUrl: `${suite.cloud.proxy.url}/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v?api-version=2024-01-01`,
      requestMethod: 'PUT',
      metadata: { mode: 'OperationLocation' },
    };
    const resume = JSON.stringify({
      doing: `making ${wanted.name}`,
      state: JSON.stringify({ state: { status: 'running', config } }),
    });
    expect(await suite.cloud.instances.create(wanted, { ...io, resume })).toMatchObject({ state: 'running' });
    expect(
      await suite.cloud.instances.create({ ...wanted, runId: 'run-8' }, { ...io, resume: 'not ours' }),
    ).toMatchObject({ state: 'running' });
    expect(machines(wanted.name)).toBe(1);
  });
});
