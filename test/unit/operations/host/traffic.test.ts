import { afterEach, expect, test } from 'vitest';
import { PreconditionError, RemoteError } from '../../../../src/core/errors.js';
import type { OperationContext } from '../../../../src/kit/context.js';
import { destroyStep, hostDestroy } from '../../../../src/operations/host/destroy.js';
import { hostRestart, hostStop } from '../../../../src/operations/host/power.js';
import { hostSweep } from '../../../../src/operations/host/sweep.js';
import { startRun } from '../../../../src/operations/run/start.js';
import { undoRun } from '../../../../src/operations/run/undo.js';
import type { Command, Transport } from '../../../../src/transports/transport.js';
import { hostContext, MemoryCloud, withTransport } from '../../../helpers/host-context.js';
import { plan, runRecord, step } from '../../../helpers/runs.js';
import { recorded } from '../../../helpers/wire.js';

const FLEET = `
fleet: f
hosts:
  app-1: { provider: aws, roles: [app] }
  app-2: { provider: aws, roles: [app] }
  edge-1: { provider: aws, roles: [router] }
router: { host: edge-1, listen: 80 }
services:
  shop:
    source: ./shop
    route: { path: / }
    placements: { vm: { platform: pm2, host: app-1, port: 3000 }, spare: { platform: pm2, host: app-2, port: 3000 } }
`;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

/** A fleet whose router sends 60 % to app-1. */
function world(
  router: () => Promise<Transport> | Transport = routed,
  file = FLEET,
): { ctx: OperationContext; aws: MemoryCloud } {
  const aws = new MemoryCloud('aws', 'f');
  for (const name of ['app-1', 'app-2', 'edge-1']) aws.add(name, { run: `R-${name}` });
  const { ctx, dispose } = hostContext(file, { aws });
  open.push(dispose);
  const transport = async (host: string): Promise<Transport> => {
    if (host !== 'edge-1') throw new PreconditionError(`Host ${host} is stopped.`, { code: 'NO_HOST' });
    return router();
  };
  return { ctx: withTransport(ctx, transport), aws };
}

function routed(): Transport {
  const placements = [
    { name: 'vm', url: 'http://10.0.0.1:3000', weight: 60 },
    { name: 'spare', url: 'http://10.0.0.2:3000', weight: 0 },
  ];
  return {
    run: async ({ argv }: Command) =>
      argv.includes('fanops-lock')
        ? { code: 0, stdout: 'acquired 1\n', stderr: '' }
        : { code: 0, stdout: 'shop.json\n', stderr: '' },
    getFile: async () => Buffer.from(JSON.stringify(recorded({ service: 'shop', placements }))),
  } as unknown as Transport;
}
const silent = (): never => {
  throw new RemoteError('edge-1 does not answer.', { host: 'edge-1', code: 'UNREACHABLE' });
};
const IN_USE = {
  code: 'IN_USE',
  exitCode: 5,
  where: 'app-1',
  message: expect.stringContaining('60 % of shop (vm)') as string,
};

test('a host that users are sent to is not stopped, restarted, destroyed or swept, and nothing is changed', async () => {
  const { ctx, aws } = world();
  await expect(hostStop.plan(ctx, { host: 'app-1' })).rejects.toMatchObject(IN_USE);
  await expect(hostRestart.plan(ctx, { host: 'app-1' })).rejects.toMatchObject(IN_USE);
  await expect(hostDestroy.plan(ctx, { host: 'app-1' })).rejects.toMatchObject(IN_USE);
  await expect(hostSweep.plan(ctx, { run: 'R-app-1' })).rejects.toMatchObject(IN_USE);
  expect(aws.calls).toEqual([]);
});

test('users that are sent there after the plan was made keep its step from being carried out', async () => {
  const { ctx } = world();
  const [idle] = (await hostDestroy.plan(ctx, { host: 'app-2' })).steps;
  const { apply } = destroyStep.handler;
  const io = { ctx, step: idle, input: { ...idle!.input, host: 'app-1' }, outputs: () => undefined };
  await expect(apply(io as unknown as Parameters<typeof apply>[0])).rejects.toMatchObject(IN_USE);
});

test('a router that cannot be asked is no reason to go ahead; one whose machine is not there sends nobody', async () => {
  const { ctx, aws } = world(silent);
  await expect(hostDestroy.plan(ctx, { host: 'app-1' })).rejects.toMatchObject({
    code: 'IN_USE',
    message: expect.stringContaining('cannot be told: edge-1 does not answer') as string,
  });
  const gone = hostContext(FLEET, { aws });
  open.push(gone.dispose);
  expect((await hostDestroy.plan(gone.ctx, { host: 'app-1' })).steps).toHaveLength(2);
});

test('with --force, with the host of the router among them, and where nobody is sent, hosts go', async () => {
  const { ctx, aws } = world();
  expect((await startRun(ctx, hostDestroy, await hostDestroy.plan(ctx, { host: 'app-2' }))).destroyed).toEqual([
    'app-2',
  ]);
  expect(
    (await startRun(ctx, hostDestroy, await hostDestroy.plan(ctx, { host: 'app-1', force: true }))).destroyed,
  ).toEqual(['app-1']);
  aws.add('app-1');
  expect((await startRun(ctx, hostDestroy, await hostDestroy.plan(ctx, {}))).destroyed.sort()).toEqual([
    'app-1',
    'edge-1',
  ]);
});

test('undoing the run that made a host leaves the host alone while users are sent there', async () => {
  const { ctx, aws } = world();
  const store = await ctx.state.store();
  const made = plan([step('app-1/create', { kind: 'host.create', input: { host: 'app-1', provider: 'aws' } })], {
    operation: 'host-provision',
  });
  await store.createRun({
    ...runRecord('R1', made),
    status: 'succeeded',
    operator: { ...runRecord('R1', made).operator, machine: 'another/1' },
  });
  const inverse = destroyStep.inverse('Destroy host app-1', { host: 'app-1', provider: 'aws' });
  await store.addEffect({ runId: 'R1', stepId: 'app-1/create', inverse, temporary: false, state: 'made' });
  await expect(undoRun(ctx, 'R1')).rejects.toMatchObject(IN_USE);
  expect(aws.calls).toEqual([]);
});

test('undoing the run that made the host of the router leaves it alone while it sends users anywhere', async () => {
  const { ctx, aws } = world();
  const store = await ctx.state.store();
  const made = plan([step('edge-1/create', { kind: 'host.create' })], { operation: 'host-provision' });
  await store.createRun({ ...runRecord('R1', made), status: 'succeeded' });
  const inverse = destroyStep.inverse('Destroy host edge-1', { host: 'edge-1', provider: 'aws' });
  await store.addEffect({ runId: 'R1', stepId: 'edge-1/create', inverse, temporary: false, state: 'made' });
  await expect(undoRun(ctx, 'R1')).rejects.toMatchObject({
    code: 'IN_USE',
    message: 'Host edge-1 is in use: it is the router of shop.',
  });
  expect(aws.calls).toEqual([]);
});

test('a host that users are sent to stays also when the fleet file has moved or dropped the service, or names another router', async () => {
  const files = {
    moved: FLEET.replace('vm: { platform: pm2, host: app-1', 'vm: { platform: pm2, host: edge-1').replace(
      'roles: [router]',
      'roles: [app, router]',
    ),
    dropped: `${FLEET.slice(0, FLEET.indexOf('services:'))}services: {}\n`,
  };
  for (const file of Object.values(files)) {
    const { ctx } = world(routed, file);
    await expect(hostDestroy.plan(ctx, { host: 'app-1' })).rejects.toMatchObject(IN_USE);
    await expect(hostRestart.plan(ctx, { host: 'app-1' })).rejects.toMatchObject(IN_USE);
    expect((await hostDestroy.plan(ctx, { host: 'app-2' })).steps, 'nobody is sent there').toHaveLength(2);
  }
  const replaced = FLEET.replace('{ host: edge-1', '{ host: edge-2');
  const { ctx } = world(
    routed,
    replaced.replace('  edge-1:', '  edge-2: { provider: aws, roles: [router] }\n  edge-1:'),
  );
  await expect(hostStop.plan(ctx, { host: 'edge-1' })).rejects.toMatchObject({
    code: 'IN_USE',
    message: 'Host edge-1 is in use: it is the router of shop.',
  });
});

const WORKER = `
fleet: f
hosts: { app-1: { provider: aws, roles: [app] }, app-2: { provider: aws, roles: [app] } }
services:
  worker:
    source: ./worker
    placements: { vm: { platform: pm2, host: app-1, port: 3000 }, vm2: { platform: pm2, host: app-2, port: 3000 } }
`;

test('a host with the timers of a service without a route is in use, unless the whole fleet goes', async () => {
  const { ctx, aws } = world(undefined, WORKER);
  const record = (background: boolean) =>
    JSON.stringify({ service: 'worker', release: 'R1', port: 3000, background, run: 'R0', at: '2026-11-20T00:00:00Z' });
  const transport = async (host: string): Promise<Transport> =>
    ({ ...routed(), getFile: async () => Buffer.from(record(host === 'app-1')) }) as Transport;
  const here = withTransport(ctx, transport);
  await expect(hostDestroy.plan(here, { host: 'app-1' })).rejects.toMatchObject({
    code: 'IN_USE',
    message: 'Host app-1 is in use: timers and queue triggers of worker run there.',
  });
  expect((await hostDestroy.plan(here, { host: 'app-2' })).title).toBe('Destroy app-2');
  expect((await hostDestroy.plan(here, { host: 'app-1', force: true })).title).toBe('Destroy app-1');
  expect((await hostDestroy.plan(here, {})).title).toBe('Destroy app-1, app-2');
  expect([...aws.machines.keys()]).toContain('app-1');
});
