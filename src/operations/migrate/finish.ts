import type { z } from 'zod';
import { PreconditionError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { ownValue } from '../../fleet/own-value.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { placeOf, serviceLocks } from '../../kit/service-locks.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { cutIn } from '../../kit/cut.js';
import { requireAnswer } from '../router/probe-step.js';
import { setWeights } from '../router/revert.js';
import { downIn, requireRoute, weightsText } from '../../kit/route.js';
import { requireHostsOf } from '../../kit/without.js';
import { targetsTitle } from '../drift/move.js';
import { probeStep } from '../router/probe-step.js';
import { restoreRoute } from '../router/program-restore.js';
import { routeStep } from '../router/program-steps.js';
import { sameRoute, withTargetsDown } from '../router/wanted-route.js';
import { leavingOut } from './background.js';
import { goneNotes, leftOut, reachableReleases } from './left-over.js';
import { planUnroutedFinish } from './unrouted.js';
import type { options, result } from './finish.schema.js';

export type FinishResult = z.output<typeof result>;

interface FinishFacts extends PlanFacts {
  service: string;
  placement: string;
  /** The placement that is given up. */
  retired: string;
  /** Hosts of both that are left out. */
  without?: string[];
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
export const migrateFinish: Operation<z.output<typeof options>, FinishFacts, FinishResult> = {
  name: 'migrate-finish',

  async plan(ctx, { service, without }) {
    const fleet = await ctx.fleet();
    if (!fleet.service(service).route) return planUnroutedFinish(ctx, fleet, service, { without, retirement });
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
    const host = fleet.router().host;
    const { placement, previous: retired } = route;
    const left = requireHostsOf(fleet, service, placement, without, retired);
    await requireAgreement(ctx, service, { receiving: [placement], silent: left });
    const asked = { service, host, placement };
    await requireAnswer(ctx, asked, {
      nextSteps: [`fanops migrate rollback ${service}`, 'fanops doctor'],
      without: left,
    });
    const { stop, notes } = await retirement(ctx, service, retired, left);
    const down = fleet.hostsOf(service, placement).filter((each) => left.includes(each));
    const level = down.length > 0 ? withTargetsDown(route, placement, [...down, ...downIn(route, placement)]) : route;
    const moves = !sameRoute(route, level);
    const steps: Step[] = [
      ...(moves
        ? [routeStep.step('targets', targetsTitle(placement, down), { service, host, route: level }, { host })]
        : []),
      probeStep.step('probe', `Ask ${placement} from ${host}`, asked, { host }),
      forgetStep.step('forget', `Give up the way back to ${retired}`, { service, host, placement }, { host }),
      ...stop,
    ];
    return {
      operation: 'migrate-finish',
      subject: service,
      title: `Finish the migration of ${service}: retire ${retired}`,
      steps: withHooks(fleet, 'finish', { service, from: retired, to: placement }, steps),
      guards: moves ? [{ from: 'targets', until: 'forget', action: restoreRoute(host, service, route) }] : [],
      locks: serviceLocks(fleet, service, [retired], [host], left),
      fingerprint: fleet.hash,
      facts: { service, placement, retired, ...leavingOut(left), notes, fleetHash: fleet.hash },
    };
  },

  async result(_ctx, { run, facts: { service, placement, retired, notes }, steps }) {
    return { run: run.id, service, placement, retired, cut: cutIn(steps), notes };
  },
};

/** How the side that is given up is stopped but on hosts that are left out, and what the user is to know of it. */
async function retirement(
  ctx: OperationContext,
  service: string,
  retired: string,
  without: readonly string[],
): Promise<{ stop: Step[]; notes: string[] }> {
  const fleet = await ctx.fleet();
  const old = ownValue(fleet.service(service).placements, retired);
  // It may have left the fleet file.
  if (!old) {
    const note = `${retired} is not in the fleet file: what runs there goes on, with its timers and queue triggers.`;
    return { stop: [], notes: [note] };
  }
  const told = fleet.platform(service, retired).retired?.(old, { service, name: retired }) ?? [];
  if (!fleet.can(service, retired, 'releases')) return { stop: [], notes: told };
  const left = await leftOut(ctx, fleet, service, retired, without);
  const releases = await reachableReleases(ctx, fleet, service, retired, left);
  const notes = [...told, ...goneNotes(fleet, service, retired, left)];
  if (!releases || (await releases.running())) return { stop: releases?.stopSteps() ?? [], notes };
  const place = placeOf(fleet, service, retired, [...left.keys()]);
  const elsewhere = `where the host of ${retired} was changed in the fleet file, it still runs on the earlier one.`;
  return { stop: releases.stopSteps(), notes: [...notes, `${service} does not run on ${place}: ${elsewhere}`] };
}
