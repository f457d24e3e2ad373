import { afterEach, expect, test } from 'vitest';
import { rerouteStep } from '../../../../src/operations/router/program-restore.js';
import { routeStep } from '../../../../src/operations/router/program-steps.js';
import { setWeights } from '../../../../src/operations/router/revert.js';
import type { OperationContext } from '../../../../src/kit/context.js';
import type { StepIo } from '../../../../src/core/step.js';
import type { RunOptions, Transport } from '../../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../../helpers/host-context.js';
import { step } from '../../../helpers/runs.js';

const FLEET = `
fleet: f
hosts:
  app: { address: 10.0.0.4, roles: [app] }
  edge: { address: 10.0.0.5, roles: [router] }
router: { host: edge, listen: 8080 }
services:
  shop: { source: ./shop, route: { path: / }, placements: { vm: { platform: pm2, host: app, port: 3000 } } }
`;
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** A step of a run that holds the lock of another service, which was taken far more often, beside that of `shop`. */
function world(input: object): { io: StepIo<OperationContext, never>; put: object[] } {
  const put: object[] = [];
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const present = {
    service: 'shop',
    version: 1,
    fence: 1,
    path: '/',
    placement: 'vm',
    run: 'a',
    at: '',
    placements: [{ name: 'vm', url: 'http://old:3000', weight: 100 }],
  };
  const transport = {
    getFile: async () => Buffer.from(JSON.stringify(present)),
    run: async ({ argv }: { argv: string[] }, { stdin }: RunOptions) => {
      if (argv.includes('put')) put.push(JSON.parse(String(stdin)) as object);
      return { code: 0, signal: null, stdout: '', stderr: '' };
    },
  } as unknown as Transport;
  const io = {
    ctx: withTransport(ctx, async () => transport),
    runId: 'r',
    step: step('s'),
    input,
    signal: ctx.signal,
    fence: (_host: string, lock: string) => ({ router: 7, 'service-cart': 41, 'service-shop': 3 })[lock] ?? 0,
    willMake: async () => async () => undefined,
  };
  return { io: io as unknown as StepIo<OperationContext, never>, put };
}

test('a route is written under the lock of its own service: the next run of the service has a higher number', async () => {
  const route = {
    service: 'shop',
    version: 0,
    fence: 0,
    run: '',
    at: '',
    path: '/',
    placement: 'vm',
    placements: [{ name: 'vm', url: 'http://10.0.0.4:3000', weight: 100 }],
  };
  const applied = world({ host: 'edge', service: 'shop', route });
  await routeStep.handler.apply(applied.io);
  const weighed = world({});
  await setWeights(weighed.io, 'edge', 'shop', { vm: 100 });
  const restored = world({ host: 'edge', service: 'shop', before: route });
  await rerouteStep.handler.apply(restored.io);
  expect([applied, weighed, restored].flatMap(({ put }) => put)).toMatchObject(
    Array(3).fill({ fence: 3, lock: 'service-shop' }),
  );
});
