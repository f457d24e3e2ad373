import { PreconditionError } from '../../core/errors.js';
import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { ownValue } from '../../fleet/own-value.js';
import { serviceLock } from '../../remote/layout.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation } from '../operation.js';
import { requireOwnService } from '../own.js';
import { cutIn } from '../release/draining.js';
import { releaseHandlers } from '../release/steps.js';
import { requireAnswer } from '../router/probe-step.js';
import { requireRoute, toJson, type Route } from '../router/route.js';
import { migrateHandlers } from './handlers.js';

export interface RollbackResult {
  run: string;
  service: string;
  from: string;
  to: string;
  /** Requests under way that were cut when the drain ended; absent when the workers do not tell. */
  cut?: number;
  ms: number;
}

/** Takes a migrated service back to the placement it came from: traffic first, the rest after. */
export const migrateRollback: Operation<{ service: string }, RollbackResult> = {
  name: 'migrate-rollback',
  handlers: { ...releaseHandlers, ...migrateHandlers },

  async plan(ctx, { service }) {
    const fleet = await ctx.fleet();
    fleet.service(service);
    const route = await requireRoute(ctx, service);
    const { placement: from } = route;
    const split = route.placements.some((each) => each.name !== from && each.weight > 0);
    const to = split ? from : route.previous;
    if (!to) {
      throw new PreconditionError(
        `There is nothing to roll back: ${service} is on ${from}, and no migration is open.`,
        {
          code: 'NOTHING_TO_ROLL_BACK',
          nextSteps: [`fanops migrate status ${service}`],
        },
      );
    }
    const leaving = split ? (route.placements.find((each) => each.name !== to && each.weight > 0)?.name ?? from) : from;
    for (const name of [to, leaving]) requireInFile(fleet, service, name);
    await requireAgreement(ctx, service, { receiving: [to] });
    const host = fleet.router().host;
    const left = fleet.placement(service, leaving);
    const back = fleet.placement(service, to);
    if (back.platform === 'pm2') await requireOwnService(ctx, back.host, service);
    // What runs on a host is started first, as a step.
    if (back.platform !== 'pm2') await requireAnswer(ctx, { service, host, placement: to });
    const steps = rollbackSteps(fleet, route, to, leaving);
    const hosts = new Set([host, ...[left, back].flatMap((each) => (each.platform === 'pm2' ? [each.host] : []))]);
    return {
      operation: 'migrate-rollback',
      subject: service,
      title: `Roll back ${service}: ${leaving} -> ${to}`,
      steps: withHooks(fleet, 'rollback', { service, from: leaving, to }, steps),
      guards: rollbackGuards(fleet, route, to, steps.at(-1)!.id),
      locks: [...hosts].map((each) => ({ host: each, name: serviceLock(service) })),
      fingerprint: fleet.hash,
      facts: { service, from: leaving, to, fleetHash: fleet.hash, route: toJson(route) },
    };
  },

  async result(_ctx, { run, steps }) {
    const { service, from, to } = run.plan.facts;
    return {
      run: run.id,
      service: String(service),
      from: String(from),
      to: String(to),
      cut: cutIn(steps),
      ms: Date.parse(run.endedAt ?? '') - Date.parse(run.createdAt),
    };
  },
};

/** Both sides come from the route, so that the user has not named what the file lacks. @throws PreconditionError (code DRIFT) */
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
function rollbackSteps(fleet: Fleet, route: Route, to: string, leaving: string): Step[] {
  const { service } = route;
  const { host } = fleet.router();
  const [left, back] = [fleet.placement(service, leaving), fleet.placement(service, to)];
  // Where only a split ends, the placement may keep the way back that it had.
  const isKept = to === route.placement && leaving === route.previous;
  const start: Step[] =
    back.platform === 'pm2'
      ? [
          {
            id: 'start',
            kind: 'release.start',
            title: `Run ${service} on ${to}`,
            host: back.host,
            input: { service, host: back.host, placement: to },
          },
        ]
      : [];
  const end: Step[] =
    left.platform === 'pm2' && !isKept
      ? [
          {
            id: 'drain',
            kind: 'drain',
            title: `Let ${leaving} finish`,
            input: { placement: leaving, ms: fleet.timing.drainMs },
          },
          {
            id: 'stop',
            kind: 'release.stop',
            title: `Stop ${service} on ${leaving}`,
            host: left.host,
            input: { service, host: left.host, placement: leaving },
          },
        ]
      : [];
  const background: Step[] =
    back.platform === 'pm2'
      ? [
          {
            id: 'background/on',
            kind: 'release.background',
            title: `Switch background triggers on at ${to}`,
            host: back.host,
            input: { service, host, placement: to, on: true, undoable: true },
          },
        ]
      : [];
  return [
    ...start,
    {
      id: 'probe',
      kind: 'route.probe',
      title: `Ask ${to} from ${host}`,
      host,
      input: { service, host, placement: to },
    },
    {
      id: 'route',
      kind: 'route.record',
      title: `Send all traffic to ${to}`,
      host,
      input: { service, host, placement: to, undo: toJson(route) },
    },
    ...end,
    ...background,
  ];
}

/** Once the traffic moves, a failure leaves users where somebody answers. @param last id of the last step */
function rollbackGuards(fleet: Fleet, route: Route, to: string, last: string): Guard[] {
  const { service } = route;
  const { host } = fleet.router();
  const quiet: Guard[] =
    fleet.placement(service, to).platform === 'pm2'
      ? [
          {
            from: 'background/on',
            until: 'background/on',
            action: {
              kind: 'release.background',
              title: `Switch background triggers off at ${to}`,
              input: { service, host, placement: to, on: false },
            },
          },
        ]
      : [];
  return [
    ...quiet,
    {
      from: 'route',
      until: last,
      action: {
        kind: 'route.settle',
        title: `Keep the users of ${service} where it answers`,
        input: { service, host, route: toJson(route) },
      },
    },
  ];
}
