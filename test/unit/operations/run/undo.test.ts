import { afterEach, expect, test } from 'vitest';
import { PreconditionError } from '../../../../src/core/errors.js';
import type { PlanPart } from '../../../../src/core/plan.js';
import type { AnyStepHandler, StepHandler } from '../../../../src/core/step.js';
import type { OperationContext } from '../../../../src/kit/context.js';
import { undoRun } from '../../../../src/operations/run/undo.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext } from '../../../helpers/host-context.js';
import { action, plan, runRecord, step } from '../../../helpers/runs.js';

const FLEET = `
fleet: f
hosts:
  app-1: { address: 10.0.0.1, roles: [app] }
  app-2: { address: 10.0.0.2, roles: [app] }
  router-1: { address: 10.0.0.3, roles: [router] }
router: { host: router-1, listen: 8080 }
services: {}
`;
const RUN = '20260102-000000-run01';
const LOCKS = ['app-1', 'app-2', 'router-1'].map((host) => ({ host, name: 'service-m1' }));

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

/** A run that made something on hosts, oldest first, and hosts of which some do not answer. */
async function world(made: readonly string[]) {
  const { ctx: base, dispose } = hostContext(FLEET, {});
  open.push(dispose);
  const off = new Set<string>();
  const log: string[] = [];
  const answers = { run: async () => ({ code: 0, signal: null, stdout: 'acquired 1\n', stderr: '' }) };
  const handler: StepHandler<OperationContext> = {
    async mayUndo(io) {
      await io.ctx.hosts.transport(String(io.input.host));
      log.push(`asked ${String(io.input.host)}`);
    },
    async apply(io) {
      await io.ctx.hosts.transport(String(io.input.host));
      log.push(`removed from ${String(io.input.host)}`);
    },
  };
  const ctx: OperationContext = {
    ...base,
    stepTypes: async () => handler as unknown as AnyStepHandler<OperationContext>,
    hosts: {
      ...base.hosts,
      async transport(host) {
        if (!off.has(host)) return answers as unknown as Transport;
        const nextSteps = [`fanops host start ${host}`];
        throw new PreconditionError(`Host ${host} is stopped.`, { code: 'NO_HOST', where: host, nextSteps });
      },
    },
  };
  const store = await ctx.state.store();
  await store.createRun(runRecord(RUN, plan([step('make')], { operation: 'migrate', locks: LOCKS })));
  await store.updateRun(RUN, { status: 'succeeded' });
  for (const host of made) {
    const inverse = action('remove', `Remove it from ${host}`, { host });
    await store.addEffect({ runId: RUN, stepId: 'make', inverse, temporary: false, state: 'made' });
  }
  return { ctx, off, log, status: async () => (await store.run(RUN))?.status };
}

test('what is on a host that does not answer is told with the way out, the rest is undone, and the run can be undone again', async () => {
  const { ctx, off, log, status } = await world(['app-2', 'app-1', 'app-2', 'router-1']);
  off.add('app-2');
  await expect(undoRun(ctx, RUN)).rejects.toMatchObject({
    code: 'UNDO',
    message: `Not everything of run ${RUN} could be removed: app-2 cannot be reached.`,
    where: 'app-2',
    hint: 'Remove it from app-2: Host app-2 is stopped.\nRemove it from app-2: Host app-2 is stopped.',
    nextSteps: ['fanops host start app-2', `fanops runs undo ${RUN}`],
    data: { undone: ['Remove it from router-1', 'Remove it from app-1'] },
  });
  expect([log, await status()]).toEqual([
    ['asked router-1', 'asked app-1', 'removed from router-1', 'removed from app-1'],
    'succeeded',
  ]);
  off.clear();
  expect(await undoRun(ctx, RUN)).toEqual({
    run: RUN,
    undone: ['Remove it from app-2', 'Remove it from app-2'],
    left: [],
  });
  expect(await status()).toBe('undone');
});

test('a host that comes back while its run is undone is left alone: no lock is held there', async () => {
  const { ctx, off, log } = await world(['app-2', 'app-1']);
  off.add('app-2');
  const { transport } = ctx.hosts;
  const back: OperationContext = {
    ...ctx,
    hosts: {
      ...ctx.hosts,
      async transport(host) {
        if (host === 'router-1') off.clear();
        return transport(host);
      },
    },
  };
  await expect(undoRun(back, RUN)).rejects.toMatchObject({ code: 'UNDO', where: 'app-2' });
  expect(log).toEqual(['asked app-1', 'removed from app-1']);
});

test.each([
  ['the router', ['router-1']],
  ['every host', ['app-1', 'app-2', 'router-1']],
])('nothing is undone while %s does not answer', async (_name, silent) => {
  const { ctx, off, log, status } = await world(['app-1']);
  for (const host of silent) off.add(host);
  await expect(undoRun(ctx, RUN)).rejects.toMatchObject({ code: 'NO_HOST' });
  expect([log, await status()]).toEqual([[], 'succeeded']);
});

test('a run is not undone under a later one whose plan has a part that builds on it, nor the other way round', async () => {
  const { ctx, log } = await world(['app-1']);
  const store = await ctx.state.store();
  const part: PlanPart = { ...plan([step('deploy')], { operation: 'deploy', title: 'Deploy m1' }), id: 'wave' };
  const later = { ...plan([step('wave')], { operation: 'playbook', subject: 'all' }) };
  await store.createRun({ ...runRecord('20260103-000000-run02', later), createdAt: '2026-11-22T00:00:00.000Z' });
  await store.addPart('20260103-000000-run02', part);
  await store.updateRun('20260103-000000-run02', { status: 'succeeded' });
  await expect(undoRun(ctx, RUN)).rejects.toMatchObject({
    exitCode: 5,
    message: `Run 20260103-000000-run02 (Deploy m1) came after run ${RUN} and builds on it.`,
  });
  const last = { ...plan([step('x')], { operation: 'migrate', title: 'Migrate m1' }) };
  await store.createRun({ ...runRecord('20260104-000000-run03', last), createdAt: '2026-11-23T00:00:00.000Z' });
  await store.updateRun('20260104-000000-run03', { status: 'succeeded' });
  await expect(undoRun(ctx, '20260103-000000-run02')).rejects.toThrow('Run 20260104-000000-run03 (Migrate m1) came');
  expect(log).toEqual([]);
});
