import { PreconditionError } from '../../core/errors.js';
import type { PlanPart } from '../../core/plan.js';
import type { RunRecord, StepRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';
import { requireRoute, type Route } from '../../kit/route.js';
import { routeStep } from '../router/program-steps.js';
import { liveOf, requireAgreement, type Agreement } from './require.js';

/**
 * Looks whether what is left of a stored plan still fits the fleet file: what it does not bring into line itself must
 * agree already.
 * @param parts of the plan that steps have expanded into
 * @throws PreconditionError (code DRIFT, exit 5) that names the differences
 */
export async function requireResumable(
  ctx: OperationContext,
  run: RunRecord,
  parts: readonly PlanPart[],
  steps: readonly StepRecord[],
): Promise<void> {
  await requirePartResumable(
    ctx,
    run,
    steps.filter(({ part }) => part === undefined),
  );
  for (const part of parts) {
    const own = steps.filter((each) => each.part === part.id);
    if (own.every(({ status }) => status === 'done')) continue;
    // In a part they know each other by their own ids.
    const local = own.map((each) => ({ ...each, step: { ...each.step, id: each.step.id.slice(part.id.length + 1) } }));
    await requirePartResumable(ctx, { ...run, plan: part }, local);
  }
}

async function requirePartResumable(
  ctx: OperationContext,
  run: RunRecord,
  steps: readonly StepRecord[],
): Promise<void> {
  const { service } = run.plan.facts;
  const fleet = await ctx.fleet();
  if (typeof service !== 'string' || !fleet.serviceNames().includes(service)) return;
  // Nobody is sent where no route leads.
  if (!fleet.service(service).route) return;
  const agreement = agreementOf(run, steps, await requireRoute(ctx, service));
  if (!agreement) return;
  const { moved } = agreement;
  const pending = steps.find((record) => isSwap(record) && record.status !== 'done')?.step.input;
  const isThere = moved !== undefined && Object.hasOwn(fleet.service(service).placements, moved);
  const port = isThere && pending ? fleet.portOf(service, moved, String(pending.host)) : undefined;
  const planned = pending?.port;
  if (
    run.plan.operation !== 'deploy-rollback' &&
    port !== undefined &&
    typeof planned === 'number' &&
    planned !== port
  ) {
    throw new PreconditionError(
      `Run ${run.id} was planned for port ${planned} of ${service}; the fleet file names port ${port} now.`,
      {
        where: `services.${service}.placements.${moved}.port`,
        code: 'DRIFT',
        hint: 'Put the port back to resume the run, or undo it and start anew.',
        nextSteps: [`fanops runs undo ${run.id}`],
      },
    );
  }
  await requireAgreement(ctx, service, agreement);
}

/** The step that swaps a release in on a host: so its id begins on each platform (`Releases`). */
const isSwap = ({ step }: StepRecord): boolean => /^release\/activate(\/|$)/.test(step.id);

function agreementOf({ plan }: RunRecord, steps: readonly StepRecord[], route: Route): Agreement | undefined {
  const { facts } = plan;
  const without = Array.isArray(facts.without) ? facts.without.map(String) : [];
  const pending = (is: (record: StepRecord) => boolean): StepRecord | undefined =>
    steps.find((record) => is(record) && record.status !== 'done');
  switch (plan.operation) {
    case 'deploy':
    case 'deploy-rollback':
      return { receiving: liveOf(route), moved: String(facts.placement), without };
    case 'migrate': {
      const to = String(facts.to);
      return {
        receiving: [...liveOf(route), to],
        ...((pending(isSwap) ?? pending(({ step }) => step.kind === routeStep.kind)) && { moved: to, without }),
      };
    }
    case 'migrate-rollback':
      return { receiving: [String(facts.to)] };
    case 'migrate-finish':
      return { receiving: [String(facts.placement)], silent: without };
    case 'router-weight': {
      const weights = steps.find(({ step }) => step.kind === 'router.weight')?.step.input.weights as
        Record<string, number> | undefined;
      return {
        receiving: Object.entries(weights ?? {})
          .filter(([, weight]) => weight > 0)
          .map(([name]) => name),
      };
    }
    default:
      return undefined;
  }
}
