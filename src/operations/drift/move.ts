import { PreconditionError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { Listen } from '../../remote/release.js';
import { probePort } from '../../remote/host-facts.js';
import type { Handlers } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { drainStep } from '../migrate/drain.js';
import { ask } from '../on-host.js';
import { engineHandlers } from '../router/engines.js';
import { toJson } from '../router/route.js';
import { differences, portOf, type Compared } from './differences.js';
import { verifyStep } from './verify.js';

/**
 * Where the next release of a placement must listen beside its own port, so that no request is lost while the route moves: where the route leads now.
 * Nothing when that is its own port, or when nothing listens there anyway.
 */
export function alsoListens({ desired, observed }: Compared, placement: string): Listen[] {
  const url = observed.route?.placements.find(({ name }) => name === placement)?.url;
  const own = desired.processes[placement]?.listen.port;
  if (url === undefined || portOf(url) === own) return [];
  return (observed.processes[placement]?.listens ?? []).filter(({ port }) => port === portOf(url));
}

/** Handlers of the steps that follow a release which listens elsewhere than the one before. */
export const moveHandlers: Handlers<OperationContext> = { ...engineHandlers, drain: drainStep, 'service.verify': verifyStep };

/** Reads back what is said to be done. */
export const verifyAt = (input: { service: string; host: string; placement: string; release: string }): Step => ({
  id: 'verify', kind: 'service.verify', title: 'Check that route, record and process agree', host: input.host, input,
});

/**
 * Looks whether the process of a placement can move to where the fleet file says. One that nobody is sent to (`idle`) may end first.
 * @throws PreconditionError (exit 5) when somebody else has the port, or when only the address differs: two addresses of one port exclude each other
 */
export async function requireFreePort(ctx: OperationContext, { desired, observed }: Compared, placement: string, { host, idle = false }: { host: string; idle?: boolean }): Promise<void> {
  const [wanted, process] = [desired.processes[placement]?.listen, observed.processes[placement]];
  if (!wanted || !process) return;
  const { service } = desired.route;
  const same = process.listens.find(({ port }) => port === wanted.port);
  const where = `services.${service}.placements.${placement}.port`;
  if (same && (idle || same.address === wanted.address)) return;
  if (same) {
    throw new PreconditionError(`${service} listens on ${same.address} of ${host} and is to listen on ${wanted.address}, both on port ${wanted.port}.`, {
      where, code: 'DRIFT', hint: 'One cannot take over from the other without a gap. Give the placement another port as well: then the service moves there.',
      nextSteps: [`fanops deploy ${service}`],
    });
  }
  const answer = (await ask(ctx, host, probePort(wanted.port, wanted.address), 'The port could not be looked at')).trim();
  if (answer === 'free') return;
  throw new PreconditionError(`${service} cannot move to port ${wanted.port} on ${host}: ${answer === 'EADDRINUSE' ? 'another program has it' : answer}.`, {
    where, code: 'PORT', hint: 'End that program, or name another port.', nextSteps: [`fanops deploy ${service}`],
  });
}

/** The steps behind the start of a release that bring the route to it: the router asks it, sends users there, and the old port is given up. */
export function moveSteps(fleet: Fleet, compared: Compared, placement: string, { host, also }: { host?: string; also: readonly Listen[] }): Step[] {
  const { route } = compared.desired;
  const { service } = route;
  const router = fleet.router().host;
  if (!differences(compared).some(({ source }) => source === 'route')) return [];
  const to = route.placements.find(({ name }) => name === placement)?.url ?? '';
  return [
    { id: 'route', kind: 'router.route', title: `Route ${route.path} to ${to}`, host: router, input: { host: router, service, route: toJson(route) } },
    ...(also.length === 0 || host === undefined ? [] : [
      { id: 'drain', kind: 'drain', title: `Let requests on port ${also[0]?.port} finish`, input: { placement, ms: fleet.timing.drainMs } },
      { id: 'release/listen', kind: 'release.listen', title: `Stop listening on port ${also[0]?.port}`, host, input: { service, host, also: [] } },
    ]),
  ];
}
