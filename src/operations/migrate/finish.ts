import { PreconditionError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { ownValue } from '../../fleet/own-value.js';
import { serviceLock } from '../../remote/layout.js';
import { defineStep } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation } from '../operation.js';
import { readServiceRecord } from '../release/observe.js';
import { cutIn } from '../release/draining.js';
import { releaseHandlers } from '../release/steps.js';
import { requireAnswer } from '../router/probe-step.js';
import { setWeights } from '../router/shift.js';
import { requireRoute, weightsText } from '../router/route.js';
import { migrateHandlers } from './handlers.js';

export interface FinishResult {
  run: string;
  service: string;
  placement: string;
  retired: string;
  /** Requests under way that were cut when the drain ended; absent when the workers do not tell. */
  cut?: number;
  notes: string[];
}

/** Forgets the way back: after this a rollback needs a migration of its own. */
const forgetStep = defineStep<OperationContext, { service: string; host: string; placement: string }>({
  async check(io) {
    const route = await requireRoute(io.ctx, io.input.service);
    if (!route.previous) return { state: 'done', detail: 'no way back is kept' };
    return { state: 'change', changes: [`the way back to ${route.previous} is given up`] };
  },
  async apply(io) {
    const { service, host, placement } = io.input;
    await setWeights(io, host, service, { [placement]: 100 }, { previous: undefined });
  },
});

/** Retires the old side of a migration. */
export const migrateFinish: Operation<{ service: string }, FinishResult> = {
  name: 'migrate-finish',
  handlers: { ...releaseHandlers, ...migrateHandlers, 'route.forget': forgetStep },

  async plan(ctx, { service }) {
    const fleet = await ctx.fleet();
    fleet.service(service);
    const route = await requireRoute(ctx, service);
    if (!route.previous) throw new PreconditionError(`${service} is on ${route.placement}, and no migration is open.`);
    const share = route.placements.find(({ name }) => name === route.placement)?.weight ?? 0;
    if (share !== 100) {
      throw new PreconditionError(
        `${service} is on ${route.placement}, which gets ${share} % of its requests (${weightsText(route.placements)}): finish moves no traffic.`,
        {
          code: 'SPLIT',
          nextSteps: [`fanops router weight ${service} ${route.placement}=100`, `fanops migrate rollback ${service}`],
        },
      );
    }
    await requireAgreement(ctx, service, { receiving: [route.placement] });
    const host = fleet.router().host;
    const retired = route.previous;
    // It may have left the fleet file.
    const old = ownValue(fleet.service(service).placements, retired);
    const asked = { service, host, placement: route.placement };
    await requireAnswer(ctx, asked, [`fanops migrate rollback ${service}`, 'fanops doctor']);
    const steps: Step[] = [
      { id: 'probe', kind: 'route.probe', title: `Ask ${route.placement} from ${host}`, host, input: asked },
      {
        id: 'forget',
        kind: 'route.forget',
        title: `Give up the way back to ${retired}`,
        host,
        input: { service, host, placement: route.placement },
      },
      ...(old?.platform === 'pm2'
        ? [
            {
              id: 'stop',
              kind: 'release.stop',
              title: `Stop ${service} on ${retired}`,
              host: old.host,
              input: { service, host: old.host },
            },
          ]
        : []),
    ];
    const notes = !old
      ? [`${retired} is not in the fleet file: what runs there goes on, with its timers and queue triggers.`]
      : old.platform === 'azure-functions'
        ? [
            `${service} on ${retired} (${old.url}) gets no traffic any more: stop or delete the function app, its timers and queue triggers still run.`,
          ]
        : (await readServiceRecord(ctx, old.host, service))
          ? []
          : [
              `${service} does not run on ${old.host}: where the host of ${retired} was changed in the fleet file, it still runs on the earlier one.`,
            ];
    return {
      operation: 'migrate-finish',
      subject: service,
      title: `Finish the migration of ${service}: retire ${retired}`,
      steps: withHooks(fleet, 'finish', { service, from: retired, to: route.placement }, steps),
      guards: [],
      locks: [...new Set([host, ...(old?.platform === 'pm2' ? [old.host] : [])])].map((each) => ({
        host: each,
        name: serviceLock(service),
      })),
      fingerprint: fleet.hash,
      facts: { service, placement: route.placement, retired, notes, fleetHash: fleet.hash },
    };
  },

  async result(_ctx, { run, steps }) {
    const { service, placement, retired, notes } = run.plan.facts;
    return {
      run: run.id,
      service: String(service),
      placement: String(placement),
      retired: String(retired),
      cut: cutIn(steps),
      notes: (notes ?? []) as string[],
    };
  },
};
