import type { z } from 'zod';
import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { Releases } from '../../platforms/contracts/platform.js';
import { serviceLocks } from '../../kit/service-locks.js';
import { targetsTitle } from '../drift/move.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { cutIn } from '../../kit/cut.js';
import { requireAnswer } from '../router/probe-step.js';
import { requireRoute, wayBackOf, type Route } from '../../kit/route.js';
import { drainStep } from './drain.js';
import { planUnroutedRollback } from './unrouted.js';
import { goneNotes, planLeftOver, reachableReleases, silentHosts } from './left-over.js';
import { backgroundStep, leavingOut } from './background.js';
import { probeStep } from '../router/probe-step.js';
import { routeStep } from '../router/program-steps.js';
import { recordStep } from '../router/shift.js';
import { sameRoute, withTargetsDown } from '../router/wanted-route.js';
import { requireInFile } from './target.js';
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
    const host = fleet.router().host;
    // Users do not wait for a host that is gone: what runs there is stopped when it is back.
    const [gone, absent] = await Promise.all([leaving, to].map((name) => silentHosts(ctx, fleet, service, name)));
    const left = await reachableReleases(ctx, fleet, service, leaving, gone!);
    const without = [...absent!.keys()];
    await requireAgreement(ctx, service, { receiving: [to], silent: without });
    const back = await requireBack(ctx, fleet, service, { to, without });
    const level = withTargetsDown(route, to, without);
    const steps = rollbackSteps(fleet, route, { to, back, level, without }, { leaving, left });
    const notes = goneNotes(fleet, service, leaving, gone!);
    return {
      operation: 'migrate-rollback',
      subject: service,
      title: `Roll back ${service}: ${leaving} -> ${to}`,
      steps: withHooks(fleet, 'rollback', { service, from: leaving, to }, steps),
      guards: rollbackGuards(fleet, route, { to, without }, steps.at(-1)!.id),
      locks: serviceLocks(fleet, service, [leaving, to], [host], [...gone!.keys(), ...without]),
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
 * The releases of the side that users go back to; undefined where fanops runs none there, and it answers.
 * @throws PreconditionError when what is there belongs to others, or nobody answers
 */
async function requireBack(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  { to, without }: { to: string; without: readonly string[] },
): Promise<Releases | undefined> {
  // Where no host answers, asking them says so.
  const all = fleet.hostsOf(service, to).every((host) => without.includes(host));
  const back = await findPlatformCapability(ctx, service, to, 'releases', all ? [] : without);
  // What fanops runs is started first, as a step.
  if (back) await back.requireOwn();
  else await requireAnswer(ctx, { service, host: fleet.router().host, placement: to });
  return back;
}

/** Traffic goes to a side that runs and answers, and only then the other one is stopped. */
function rollbackSteps(
  fleet: Fleet,
  route: Route,
  { to, back, level, without }: { to: string; back?: Releases; level: Route; without: readonly string[] },
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
          { service, host, placement: to, on: true, ...leavingOut(without), undoable: true },
          { host: fleet.hostsOf(service, to).find((each) => !without.includes(each)) ?? host },
        ),
      ]
    : [];
  return [
    ...(back?.startSteps() ?? []),
    ...(sameRoute(route, level)
      ? []
      : [routeStep.step('targets', targetsTitle(to, without), { service, host, route: level }, { host })]),
    probeStep.step('probe', `Ask ${to} from ${host}`, { service, host, placement: to }, { host }),
    recordStep.step('route', `Send all traffic to ${to}`, { service, host, placement: to, undo: route }, { host }),
    ...end,
    ...background,
  ];
}

/** Once the traffic moves, a failure leaves users where somebody answers. @param last id of the last step */
function rollbackGuards(
  fleet: Fleet,
  route: Route,
  { to, without }: { to: string; without: readonly string[] },
  last: string,
): Guard[] {
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
            ...leavingOut(without),
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
