import type { z } from 'zod';
import { PreconditionError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { ownValue } from '../../fleet/own-value.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { findPlatformCapability } from '../../kit/platform.js';
import { placeOf, serviceLocks } from '../../kit/service-locks.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { cutIn } from '../../kit/cut.js';
import { requireAnswer } from '../router/probe-step.js';
import { setWeights } from '../router/revert.js';
import { requireRoute, weightsText } from '../../kit/route.js';
import { probeStep } from '../router/probe-step.js';
import { planUnroutedFinish } from './unrouted.js';
import type { result } from './finish.schema.js';

export type FinishResult = z.output<typeof result>;

interface FinishFacts extends PlanFacts {
  service: string;
  placement: string;
  /** The placement that is given up. */
  retired: string;
  notes: string[];
}

/** Forgets the way back: after this a rollback needs a migration of its own. */
export const forgetStep = defineStep<OperationContext, { service: string; host: string; placement: string }>(
  'route.forget',
  {
    async check(io) {
      const route = await requireRoute(io.ctx, io.input.service);
      if (!route.previous) return { state: 'done', detail: 'no way back is kept' };
      return { state: 'change', changes: [`the way back to ${route.previous} is given up`] };
    },
    async apply(io) {
      const { service, host, placement } = io.input;
      await setWeights(io, host, service, { [placement]: 100 }, { previous: undefined });
    },
  },
);

/** Retires the old side of a migration. */
export const migrateFinish: Operation<{ service: string }, FinishFacts, FinishResult> = {
  name: 'migrate-finish',

  async plan(ctx, { service }) {
    const fleet = await ctx.fleet();
    if (!fleet.service(service).route)
      return planUnroutedFinish(ctx, fleet, service, (retired) => retirementNotes(ctx, service, retired));
    const route = await requireRoute(ctx, service);
    if (!route.previous) throw new PreconditionError(`${service} is on ${route.placement}, and no migration is open.`);
    const share = route.placements.find(({ name }) => name === route.placement)?.weight ?? 0;
    if (share !== 100) {
      throw new PreconditionError(
        `${service} is on ${route.placement}, which gets ${share} % of its requests ` +
          `(${weightsText(route.placements)}): finish moves no traffic.`,
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
    const releases = old && (await findPlatformCapability(ctx, service, retired, 'releases'));
    const asked = { service, host, placement: route.placement };
    await requireAnswer(ctx, asked, [`fanops migrate rollback ${service}`, 'fanops doctor']);
    const steps: Step[] = [
      probeStep.step('probe', `Ask ${route.placement} from ${host}`, asked, { host }),
      forgetStep.step(
        'forget',
        `Give up the way back to ${retired}`,
        { service, host, placement: route.placement },
        { host },
      ),
      ...(releases?.stopSteps() ?? []),
    ];
    const notes = await retirementNotes(ctx, service, retired);
    return {
      operation: 'migrate-finish',
      subject: service,
      title: `Finish the migration of ${service}: retire ${retired}`,
      steps: withHooks(fleet, 'finish', { service, from: retired, to: route.placement }, steps),
      guards: [],
      locks: serviceLocks(fleet, service, [retired], [host]),
      fingerprint: fleet.hash,
      facts: { service, placement: route.placement, retired, notes, fleetHash: fleet.hash },
    };
  },

  async result(_ctx, { run, facts: { service, placement, retired, notes }, steps }) {
    return { run: run.id, service, placement, retired, cut: cutIn(steps), notes };
  },
};

/** What the user is to know of the side that is given up. */
async function retirementNotes(ctx: OperationContext, service: string, retired: string): Promise<string[]> {
  const fleet = await ctx.fleet();
  const old = ownValue(fleet.service(service).placements, retired);
  if (!old)
    return [`${retired} is not in the fleet file: what runs there goes on, with its timers and queue triggers.`];
  const told = fleet.platform(service, retired).retired?.(old, { service, name: retired }) ?? [];
  const releases = await findPlatformCapability(ctx, service, retired, 'releases');
  if (!releases || (await releases.running())) return told;
  return [
    ...told,
    `${service} does not run on ${placeOf(fleet, service, retired)}: where the host of ${retired} was changed in ` +
      'the fleet file, it still runs on the earlier one.',
  ];
}
