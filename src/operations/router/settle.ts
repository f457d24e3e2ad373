import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { probeFrom } from '../../kit/probe.js';
import { requireRoute, type Route } from '../../kit/route.js';
import { isBack, refuseForeign, setWeights, weightsOf } from './revert.js';

/**
 * As a guard's action: leaves users where they are when everybody who has traffic answers, else sends them back to
 * where they were before
 * the run, when somebody answers there.
 */
export const settleStep = defineStep<
  OperationContext,
  { service: string; host: string; route: Route },
  { unchanged?: boolean }
>('route.settle', {
  async apply(io) {
    const { service, host, route } = io.input;
    const present = await requireRoute(io.ctx, service);
    if (isBack(present, route)) return { unchanged: true };
    const probes = await probeFrom(io.ctx, host, { service });
    if (probes.every(({ ok }) => ok)) return { unchanged: true };
    await refuseForeign(io, present, host);
    await setWeights(
      io,
      host,
      service,
      weightsOf(route),
      { placement: route.placement, previous: route.previous },
      'revert',
    );
    return {};
  },
  repeatable: true,
});
