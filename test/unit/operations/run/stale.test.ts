import { afterEach, expect, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import type { Operation, PlanFacts } from '../../../../src/kit/operation.js';
import { isOutdated } from '../../../../src/operations/run/stale.js';
import { planned, runPlanned } from '../../../../src/operations/run/start.js';
import { hostContext, MemoryCloud, withTransport } from '../../../helpers/host-context.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { plan, step } from '../../../helpers/runs.js';

const FLEET = 'fleet: f\nhosts: { app: { provider: aws, roles: [app] } }\n';
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

/** An operation on the machine of host `app`, which says for which machine it was planned. */
function world() {
  const aws = new MemoryCloud('aws', 'f');
  aws.add('app', { run: 'R1', id: 'i-1' });
  const { ctx: real, events, dispose } = hostContext(FLEET, { aws });
  open.push(dispose);
  const done: string[] = [];
  const ctx: OperationContext = {
    ...real,
    stepTypes: async () => ({ apply: async ({ input }) => void done.push((input as { for: string }).for) }),
  };
  const operation: Operation<object, PlanFacts & { previous?: string }, string> = {
    name: 'test',
    plan: async () =>
      plan<PlanFacts>([
        step('s', { kind: 'host.create', input: { host: 'app', provider: 'aws', for: aws.machines.get('app')!.id } }),
      ]),
    result: async () => 'result',
  };
  const somebodyElse = (): void => aws.add('app', { run: 'R2', id: 'i-2' });
  return { ctx, events, operation, done, somebodyElse };
}

test('a plan that a person confirmed is not carried out when somebody else was at work meanwhile: it says who, and does nothing', async () => {
  const { ctx, operation, done, somebodyElse } = world();
  const first = await planned(ctx, operation, {});
  somebodyElse();
  await expect(runPlanned(ctx, operation, {}, first, { confirmed: true })).rejects.toMatchObject({
    code: 'CHANGED',
    exitCode: 5,
    message: 'The machine of host app was changed by run R2 since this was planned; nothing was done.',
  });
  expect([done, await (await ctx.state.store()).runs(5)]).toEqual([[], []]);
});

test('with --yes it is planned anew for what is there now; a plan that still fits is carried out as it is', async () => {
  const { ctx, events, operation, done, somebodyElse } = world();
  const first = await planned(ctx, operation, {});
  somebodyElse();
  expect(await runPlanned(ctx, operation, {}, first, { confirmed: false })).toBe('result');
  expect(done).toEqual(['i-2']);
  expect(events).toContainEqual({ type: 'notice', message: expect.stringContaining('planned anew') as string });
  await runPlanned(ctx, operation, {}, await planned(ctx, operation, {}), { confirmed: true });
  expect(done).toEqual(['i-2', 'i-2']);
});

test('a plan that somebody overtook while it was made is made again', async () => {
  const { ctx } = world();
  let release = 'r1';
  const transport = {
    getFile: async () => Buffer.from(JSON.stringify({ service: 'm1', release, port: 1, run: 'R' })),
  } as unknown as Transport;
  const made: string[] = [];
  const operation: Operation<object, PlanFacts & { previous?: string }, string> = {
    name: 'test',
    result: async () => '',
    plan: async () => {
      made.push(release);
      const seen = plan<PlanFacts & { previous?: string }>([], {
        locks: [{ host: 'app', name: 'service-m1' }],
        facts: Object.assign({ fleetHash: '' }, { service: 'm1', host: 'app', previous: release }),
      });
      if (made.length === 1) release = 'r2';
      return seen;
    },
  };
  expect(
    (
      await planned(
        withTransport(ctx, async () => transport),
        operation,
        {},
      )
    ).plan.facts.previous,
  ).toBe('r2');
  expect(made).toEqual(['r1', 'r2']);
});

test('a plan is outdated by another split, placement or way back of its service, not by other addresses', () => {
  const route = (vm: number, more: object = {}) => ({
    placement: 'azure',
    placements: [
      { name: 'vm', url: 'http://v', weight: vm },
      { name: 'azure', url: 'http://a', weight: 100 - vm },
    ],
    ...more,
  });
  const of = plan([step('w', { kind: 'watchdog.arm', input: { route: route(10) } })], { facts: { service: 'm1' } });
  const with_ = (found: object): boolean => isOutdated(of, { 'edge/route/m1': found as never });
  expect([
    with_(route(10, { version: 7 })),
    with_({ ...route(10), placements: route(10).placements.toReversed() }),
  ]).toEqual([false, false]);
  expect([with_(route(0)), with_(route(10, { previous: 'vm' })), with_(route(10, { placement: 'vm' }))]).toEqual([
    true,
    true,
    true,
  ]);
  expect(isOutdated(of, {})).toBe(false);
});
