import type { z } from 'zod';
import { PreconditionError } from '../../core/errors.js';
import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { ownValue } from '../../fleet/own-value.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { Releases } from '../../platforms/contracts/platform.js';
import { serviceLocks } from '../../kit/service-locks.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { cutIn } from '../../kit/cut.js';
import { requireAnswer } from '../router/probe-step.js';
import { requireRoute, wayBackOf, type Route } from '../../kit/route.js';
import { drainStep } from './drain.js';
import { planUnroutedRollback } from './unrouted.js';
import { goneNote, planLeftOver, whyUnreachable } from './left-over.js';
import { backgroundStep } from './background.js';
import { probeStep } from '../router/probe-step.js';
import { recordStep } from '../router/shift.js';
import { settleStep } from '../router/settle.js';
import type { result } from './rollback.schema.js';

export type RollbackResult = z.output<typeof result>;

interface RollbackFacts extends PlanFacts {
  service: string;
  from: string;
  to: string;
  /** The route before it; absent where no route leads to the service. */
  route?: Route;
}

/** Takes a migrated service back to the placement it came from: traffic first, the rest after. */
export const migrateRollback: Operation<{ service: string }, RollbackFacts, RollbackResult> = {
  name: 'migrate-rollback',

  async plan(ctx, { service }) {
    const fleet = await ctx.fleet();
    if (!fleet.service(service).route) return planUnroutedRollback(ctx, fleet, service);
    const route = await requireRoute(ctx, service);
    const way = wayBackOf(route);
    if (!way) return planLeftOver(ctx, fleet, route, route);
    const { to, leaving } = way;
    for (const name of [to, leaving]) requireInFile(fleet, service, name);
    await requireAgreement(ctx, service, { receiving: [to] });
    const host = fleet.router().host;
    const [left, back] = [
      await findPlatformCapability(ctx, service, leaving, 'releases'),
      await findPlatformCapability(ctx, service, to, 'releases'),
    ];
    if (back) await back.requireOwn();
    // What fanops runs is started first, as a step.
    else await requireAnswer(ctx, { service, host, placement: to });
    // Users do not wait for a host that is gone: what runs there is stopped when it is back.
    const gone = left && (await whyUnreachable(ctx, left));
    const steps = rollbackSteps(fleet, route, { to, back }, { leaving, left: gone === undefined ? left : undefined });
    const notes = gone === undefined ? [] : [goneNote(service, leaving, gone)];
    return {
      operation: 'migrate-rollback',
      subject: service,
      title: `Roll back ${service}: ${leaving} -> ${to}`,
      steps: withHooks(fleet, 'rollback', { service, from: leaving, to }, steps),
      guards: rollbackGuards(fleet, route, to, steps.at(-1)!.id),
      locks: serviceLocks(fleet, service, gone === undefined ? [leaving, to] : [to], [host]),
      fingerprint: fleet.hash,
      facts: { service, from: leaving, to, fleetHash: fleet.hash, route: route, ...(notes.length > 0 && { notes }) },
    };
  },

  async result(_ctx, { run, facts: { service, from, to, notes }, steps }) {
    return {
      run: run.id,
      service,
      from,
      to,
      cut: cutIn(steps),
      ...(notes && { notes }),
      ms: Date.parse(run.endedAt ?? '') - Date.parse(run.createdAt),
    };
  },
};

/**
 * Both sides come from the route, so that the user has not named what the file lacks. @throws PreconditionError (code
 * DRIFT)
 */
function requireInFile(fleet: Fleet, service: string, name: string): void {
  if (ownValue(fleet.service(service).placements, name) !== undefined) return;
  throw new PreconditionError(
    `A rollback of ${service} needs its placement ${name}, which the fleet file does not have; nothing was changed.`,
    {
      code: 'DRIFT',
      where: `services.${service}.placements`,
      hint: `Put ${name} back into the fleet file, at least until the rollback is over.`,
      nextSteps: [`fanops migrate status ${service}`],
    },
  );
}

/** Traffic goes to a side that runs and answers, and only then the other one is stopped. */
function rollbackSteps(
  fleet: Fleet,
  route: Route,
  { to, back }: { to: string; back?: Releases },
  { leaving, left }: { leaving: string; left?: Releases },
): Step[] {
  const { service } = route;
  const { host } = fleet.router();
  // Where only a split ends, the placement may keep the way back that it had.
  const isKept = to === route.placement && leaving === route.previous;
  const end: Step[] =
    left && !isKept
      ? [
          drainStep.step('drain', `Let ${leaving} finish`, { placement: leaving, ms: fleet.timing.drainMs }),
          ...left.stopSteps({ undoable: true }),
        ]
      : [];
  const background: Step[] = fleet.can(service, to, 'background')
    ? [
        backgroundStep.step(
          'background/on',
          `Switch background triggers on at ${to}`,
          { service, host, placement: to, on: true, undoable: true },
          { host: fleet.hostsOf(service, to)[0] ?? host },
        ),
      ]
    : [];
  return [
    ...(back?.startSteps() ?? []),
    probeStep.step('probe', `Ask ${to} from ${host}`, { service, host, placement: to }, { host }),
    recordStep.step('route', `Send all traffic to ${to}`, { service, host, placement: to, undo: route }, { host }),
    ...end,
    ...background,
  ];
}

/** Once the traffic moves, a failure leaves users where somebody answers. @param last id of the last step */
function rollbackGuards(fleet: Fleet, route: Route, to: string, last: string): Guard[] {
  const { service } = route;
  const { host } = fleet.router();
  const quiet: Guard[] = fleet.can(service, to, 'background')
    ? [
        {
          from: 'background/on',
          until: 'background/on',
          action: backgroundStep.inverse(`Switch background triggers off at ${to}`, {
            service,
            host,
            placement: to,
            on: false,
          }),
        },
      ]
    : [];
  return [
    ...quiet,
    {
      from: 'route',
      until: last,
      action: settleStep.inverse(`Keep the users of ${service} where it answers`, { service, host, route: route }),
    },
  ];
}
