import type { z } from 'zod';
import type { Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { routerLock, serviceLock } from '../../remote/layout.js';
import { addresses } from '../../kit/facts.js';
import type { OperationContext } from '../../kit/context.js';
import type { NoOptions, Operation, PlanFacts } from '../../kit/operation.js';
import { requireOwnRouter } from '../../kit/own.js';
import { hostCheckStep } from '../../kit/host-check.js';
import { refuseConflicts } from './conflicts.js';
import { engineOf } from './program-engine.js';
import { routesOnHost } from './routes-on-host.js';
import { routeStep } from './program-steps.js';
import { wantedRoute } from './wanted-route.js';
import type { Route } from '../../kit/route.js';
import type { result } from './apply.schema.js';

export type RouterApplyResult = z.output<typeof result>;

/** Brings the router to what the fleet file says. Weights and placements that a migration set stay. */
export const routerApply: Operation<NoOptions, PlanFacts & { host: string }, RouterApplyResult> = {
  name: 'router-apply',

  async plan(ctx) {
    const fleet = await ctx.fleet();
    const { host } = fleet.router();
    await requireOwnRouter(ctx, host);
    const routes = await wantedRoutes(ctx, fleet);
    const present = await routesOnHost(ctx, host);
    const extra = present.filter((service) => !routes.some((route) => route.service === service));
    await refuseConflicts(ctx, routes, extra);
    return {
      operation: 'router-apply',
      subject: host,
      title: `Apply the router on ${host}`,
      steps: [
        hostCheckStep.step('prepare', 'Check the host', { host, bytes: 0 }, { host }) satisfies Step,
        ...(await (await engineOf(ctx)).steps(ctx, { host, routes: routes, extra })),
      ],
      guards: [],
      locks: [routerLock, ...routes.map((route) => serviceLock(route.service)), ...extra.map(serviceLock)].map(
        (name) => ({ host, name }),
      ),
      fingerprint: fleet.hash,
      facts: { fleetHash: fleet.hash, host },
    };
  },

  async result(ctx, { run, steps }) {
    const fleet = await ctx.fleet();
    const router = fleet.router();
    return {
      run: run.id,
      host: router.host,
      engine: fleet.engine().name,
      listen: String(router.listen),
      services: routeStep.of(steps).map(({ step }) => step.input.service),
      changed: steps.filter((record) => !record.unchanged).map((record) => record.step.title),
    };
  },
};

async function wantedRoutes(ctx: OperationContext, fleet: Fleet): Promise<Route[]> {
  const addressOf = await addresses(ctx);
  return fleet
    .serviceNames()
    .filter((service) => fleet.service(service).route)
    .map((service) => wantedRoute(fleet, service, addressOf));
}
