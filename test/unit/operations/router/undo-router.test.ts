import { afterEach, expect, test } from 'vitest';
import { removeStep } from '../../../../src/operations/router/program-remove.js';
import { unrouteStep } from '../../../../src/operations/router/program-steps.js';
import type { OperationContext } from '../../../../src/kit/context.js';
import type { StepIo } from '../../../../src/core/step.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../../helpers/host-context.js';
import { recorded } from '../../../helpers/wire.js';

const FLEET =
  'fleet: f\nhosts: { edge: { address: 10.0.0.5, roles: [router] } }\nrouter: { host: edge, listen: 8080 }\n';
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** Asks whether run R1, which installed the router, may be undone: by the runs that wrote the routes. */
function mayUndo(writers: Record<string, string>): Promise<void> {
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const transport = {
    run: async () => ({
      code: 0,
      signal: null,
      stdout: Object.keys(writers)
        .map((service) => `${service}.json\n`)
        .join(''),
      stderr: '',
    }),
    getFile: async (path: string) => {
      const [service = ''] = /[a-z]+(?=\.json$)/.exec(path) ?? [];
      return Buffer.from(JSON.stringify(recorded({ service, run: writers[service] })));
    },
  } as unknown as Transport;
  const io = { ctx: withTransport(ctx, async () => transport), runId: 'R1', input: { host: 'edge' } };
  return removeStep.handler.mayUndo!(io as unknown as StepIo<OperationContext, never>);
}

test('the run that installed the router is not undone while a later run has a route on it, also one of another service', async () => {
  await expect(mayUndo({ cart: 'R1', shop: 'R2' })).rejects.toMatchObject({
    code: 'BUILT_ON',
    exitCode: 5,
    message: expect.stringContaining('shop was written by run R2') as string,
  });
  await expect(mayUndo({ cart: 'R1' })).resolves.toBeUndefined();
  await expect(mayUndo({})).resolves.toBeUndefined();
});

test('a route that leaves the router with its service in the fleet file is put back by an undo of that run', async () => {
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const route = {
    service: 'shop',
    version: 3,
    fence: 2,
    path: '/',
    placement: 'vm',
    run: 'R0',
    at: '',
    placements: [{ name: 'vm', url: 'http://10.0.0.4:3000', weight: 100 }],
  };
  const made: unknown[] = [];
  const transport = {
    getFile: async () => Buffer.from(JSON.stringify(route)),
    run: async () => ({ code: 0, signal: null, stdout: '', stderr: '' }),
  } as unknown as Transport;
  const io = {
    ctx: withTransport(ctx, async () => transport),
    runId: 'R1',
    input: { host: 'edge', service: 'shop' },
    willMake: async (inverse: unknown) => {
      made.push(inverse);
      return async () => undefined;
    },
  };
  await unrouteStep.handler.apply(io as unknown as StepIo<OperationContext, never>);
  expect(made).toEqual([
    {
      kind: 'router.reroute',
      title: 'Put the earlier route of shop back',
      input: { host: 'edge', service: 'shop', before: route },
    },
  ]);
});
