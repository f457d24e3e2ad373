import { PreconditionError } from '../../core/errors.js';
import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { portOf } from '../../core/url.js';
import type { Listen } from '../../remote/release.js';
import type { AlsoListen, Releases } from '../../platforms/contracts/platform.js';
import { routedUrl } from '../../kit/route.js';
import type { OperationContext } from '../../kit/context.js';
import { drainStep } from '../migrate/drain.js';
import { requireFreeListen } from '../../kit/free-port.js';
import { routeStep } from '../router/program-steps.js';
import { restoreRoute } from '../router/program-restore.js';
import { armStep, disarmStep } from '../router/watchdog.js';
import { differences, type Compared } from './differences.js';

/**
 * Where the next release of a placement must listen beside its own port, so that no request is lost while the route
 * moves: where the route leads now.
 * Nothing when that is its own port, or when nothing listens there anyway.
 */
export function alsoListens({ desired, observed }: Compared, placement: string): AlsoListen {
  const routed = observed.route?.placements.find(({ name }) => name === placement);
  const found = (desired.processes[placement] ?? []).flatMap(({ host, listen }): [string, readonly Listen[]][] => {
    const url = routed && routedUrl(routed, host);
    if (url === undefined || portOf(url) === listen.port) return [];
    const process = observed.processes[placement]?.find((each) => each.host === host);
    const also = (process?.listens ?? []).filter(({ port }) => port === portOf(url));
    return also.length > 0 ? [[host, also]] : [];
  });
  return Object.fromEntries(found);
}

/**
 * Looks whether the process of a placement can move to where the fleet file says. One that nobody is sent to (`idle`)
 * may end first.
 * @throws PreconditionError (exit 5) when somebody else has the port, or when only the address differs: two addresses
 * of one port exclude each other
 */
export async function requireFreePort(
  ctx: OperationContext,
  { desired, observed }: Compared,
  placement: string,
  { idle = false }: { idle?: boolean } = {},
): Promise<void> {
  const { service } = desired.route;
  const where = `services.${service}.placements.${placement}.port`;
  const retry =
    observed.route?.placement === placement
      ? `fanops deploy ${service}`
      : `fanops migrate ${service} --to ${placement}`;
  for (const { host, listen: wanted } of desired.processes[placement] ?? []) {
    const process = observed.processes[placement]?.find((each) => each.host === host);
    if (!process) continue;
    const same = process.listens.find(({ port }) => port === wanted.port);
    if (same && (idle || same.address === wanted.address)) continue;
    if (same) {
      throw new PreconditionError(
        `${service} listens on ${same.address} of ${host} and is to listen on ${wanted.address}, ` +
          `both on port ${wanted.port}.`,
        {
          where,
          code: 'DRIFT',
          hint:
            'One cannot take over from the other without a gap. Give the placement another port ' +
            'as well: then the service moves there.',
          nextSteps: [retry],
        },
      );
    }
    await requireFreeListen(ctx, host, wanted, { service, where, retry });
  }
}

export interface MoveOptions {
  /** Of the placement, where fanops runs it. */
  releases?: Releases;
  /** Where its release listens beside its own port until the route has left there. */
  also: AlsoListen;
  /** Judges the placement while the watchdog still stands guard. */
  judge?: readonly Step[];
  /** What goes back with the route when a step fails before that. */
  back?: readonly Guard[];
}

/** A change of where a placement is reached: its steps, and the way back until the new address is judged good. */
export interface Move {
  steps: Step[];
  guards: Guard[];
}

/**
 * What brings the route to where a release was started: the router asks it there, sends users, and the old port is
 * given up. Where users are sent to the
 * placement, a watchdog and guards stand for the address that it has now, which it answers at until the old port is
 * given up.
 */
export function planMove(
  fleet: Fleet,
  compared: Compared,
  placement: string,
  { releases, also, judge = [], back = [] }: MoveOptions,
): Move {
  const {
    desired: { route },
    observed,
  } = compared;
  const { service } = route;
  const ports = Object.values(also).flatMap((each) => each.map(({ port }) => port));
  const router = fleet.router().host;
  const found = differences(compared).filter(({ source }) => source === 'route');
  if (found.length === 0) return { steps: [], guards: [] };
  const to = route.placements.find(({ name }) => name === placement)?.url ?? '';
  const before = observed.route?.placements.some(({ name, weight }) => name === placement && weight > 0)
    ? observed.route
    : undefined;
  const [at, more] = [{ service, host: router }, { host: router }];
  const down = route.placements
    .find(({ name }) => name === placement)
    ?.targets?.flatMap(({ name, down: isDown }) => (isDown ? [name] : []));
  const title = found.every(({ field }) => field === 'target')
    ? targetsTitle(placement, down ?? [])
    : `Route ${route.path} to ${to}`;
  const move = routeStep.step('route', title, { ...at, route }, more);
  return {
    steps: [
      ...(before
        ? [
            armStep.step(
              GUARD.from,
              'Put a watchdog on guard',
              { ...at, route: before, until: GUARD.until, moves: true },
              more,
            ),
          ]
        : []),
      move,
      ...judge,
      ...(before ? [disarmStep.step(GUARD.until, 'Take the watchdog off', at, more)] : []),
      ...(ports.length === 0 || !releases
        ? []
        : [
            drainStep.step('drain', `Let requests on port ${ports[0]} finish`, {
              placement,
              ms: fleet.timing.drainMs,
            }),
            ...releases.stopListeningSteps(also),
          ]),
    ],
    guards: before
      ? [{ ...GUARD, action: restoreRoute(router, service, before) }, ...back.map((guard) => backBefore(guard))]
      : [],
  };
}

/** How the step is called that takes hosts of a placement out of its route, or puts all back. */
export const targetsTitle = (placement: string, down: readonly string[]): string =>
  down.length > 0 ? `Send nobody to ${placement} on ${down.join(', ')}` : `Send users to all hosts of ${placement}`;

/** Id of the step that judges a release which was swapped in. */
export const JUDGE = 'probe';

/** From before the route moves until its new address is judged good. */
const GUARD = { from: 'route/watchdog', until: 'route/commit' };

/** What goes back as well: from where it does, but for what waits for the move. */
const backBefore = ({ from, action }: Guard): Guard => ({
  from: from === JUDGE ? GUARD.from : from,
  until: GUARD.until,
  action,
});
