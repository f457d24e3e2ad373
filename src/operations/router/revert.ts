import { PreconditionError } from '../../core/errors.js';
import { defineStep, type StepIo, type UndoIo } from '../../core/step.js';
import type { PutMode } from '../../remote/router-program.js';
import type { OperationContext } from '../../kit/context.js';
import { engineOf } from './program-engine.js';
import { healthOf } from '../../kit/health.js';
import { lastChangeOf } from './last-change.js';
import { requireRoute, withWeights, writtenUnder, type Route } from '../../kit/route.js';

/** Writes the service's route with other weights, under this run's fencing number. */
export async function setWeights(
  io: StepIo<OperationContext, object>,
  host: string,
  service: string,
  weights: Record<string, number>,
  change: Partial<Route> = {},
  mode?: PutMode,
): Promise<void> {
  const fleet = await io.ctx.fleet();
  const route = await requireRoute(io.ctx, service);
  const next: Route = {
    ...route,
    health: healthOf(fleet, service) ?? route.health,
    ...change,
    placements: withWeights(route, weights),
    ...writtenUnder(io, host, service),
    run: io.runId,
    at: new Date(io.ctx.io.clock.now()).toISOString(),
  };
  await (await engineOf(io.ctx)).putRoute(io, host, next, { mode });
}

/**
 * The way back: the weights and the placement that the service had before, at once. Users stay with who answers when
 * the side that
 * they are to go back to does not.
 * @throws PreconditionError when another run has changed the traffic since: its weights are not this run's to take
 * away.
 */
export const revertStep = defineStep<OperationContext, { service: string; host: string; route: Route }>(
  'route.revert',
  {
    async apply(io) {
      const { service, host, route } = io.input;
      const present = await requireRoute(io.ctx, service);
      if (isBack(present, route)) return;
      await refuseForeign(io, present, host);
      await setWeights(
        io,
        host,
        service,
        weightsOf(route),
        { placement: route.placement, previous: route.previous },
        'revert',
      );
    },
    repeatable: true,
    mayUndo: async (io) => {
      const { service, host, route } = io.input;
      const present = await requireRoute(io.ctx, service);
      if (!isBack(present, route)) await refuseForeign(io, present, host);
    },
  },
);

/** Weights by placement. */
export const weightsOf = (route: Route): Record<string, number> =>
  Object.fromEntries(route.placements.map(({ name, weight }) => [name, weight]));

/** Whether traffic and placement are as a route has them. */
export function isBack(present: Route, route: Route): boolean {
  const weights = weightsOf(route);
  return (
    present.placement === route.placement &&
    present.placements.every(({ name, weight }) => weight === (weights[name] ?? 0))
  );
}

/** @throws PreconditionError when another run has changed the traffic since. */
export async function refuseForeign(
  io: Pick<UndoIo<OperationContext>, 'ctx' | 'runId'>,
  present: Route,
  host: string,
): Promise<void> {
  if (present.run === io.runId) return;
  const run = await lastChangeOf(io.ctx, host, present);
  if (run === io.runId) return;
  throw new PreconditionError(`The traffic of ${present.service} was changed since, by run ${run}.`, {
    where: host,
    nextSteps: [`fanops migrate status ${present.service}`],
  });
}
