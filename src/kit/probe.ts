import { ageOf, probeReply, type Probe, type ProbeErrorKind, type ProbeReply } from '#protocol';
import { PreconditionError, RemoteError } from '../core/errors.js';
import { NOT_ANSWERING, probeRoutes } from '../remote/router-program.js';
import type { CommandResult } from '../transports/transport.js';
import type { OperationContext } from './context.js';
import { newerProgram, olderProgram, protocolIn, readAnswer, routerProgramOn } from './host-program.js';
import { raiseRemote } from './on-host.js';
import type { Route } from './route.js';

export type { Probe, ProbeReply } from '#protocol';

export interface ProbeOptions {
  /** Default: every service with a route. */
  service?: string;
  /** Default: every placement with weight. */
  placement?: string;
  /** A route to try in place of the one in effect. */
  route?: Route;
  /** True: those that would get more than they have by that route. */
  rising?: boolean;
  /** Settings to try in place of those of the router. */
  settings?: object;
  /** Milliseconds for a connection, and again for the answer; each placement is then asked once. */
  timeoutMs?: number;
}

const PROBE_MS = 180_000;

/**
 * Asks placements from the router host, as the router's engine would reach them.
 * @throws PreconditionError (code OLD_ROUTER) when the program on the host cannot ask
 */
export async function probeFrom(ctx: OperationContext, host: string, options: ProbeOptions): Promise<Probe[]> {
  const { route, ...rest } = options;
  const argv = probeRoutes({ ...rest, candidate: route !== undefined });
  const transport = await ctx.hosts.transport(host);
  const result = await transport.run(
    { argv },
    { signal: ctx.signal, timeoutMs: PROBE_MS, ...(route && { stdin: JSON.stringify(route) }) },
  );
  if (isUnknownVerb(result)) throw cannotProbe(host, result);
  if (result.code === 0 || result.code === NOT_ANSWERING)
    return readAnswer(ctx, routerProgramOn(host), probeReply, result.stdout).probes;
  return raiseRemote(host, 'The router could not ask its placements', { argv }, result);
}

/** Whether a program answered that does not know what was asked of it, or only in another form. */
export const isUnknownVerb = ({ code, stderr }: Pick<CommandResult, 'code' | 'stderr'>): boolean =>
  code === 2 && /unknown (option|command)/i.test(stderr);

/** The error for such a program. @throws PreconditionError (code OLD_ROUTER, or NEWER_PROGRAM) */
export function cannotProbe(host: string, { stdout }: Pick<CommandResult, 'stdout'>): PreconditionError {
  const program = routerProgramOn(host);
  const lacks = 'it cannot ask whether a placement answers';
  const protocol = protocolIn(stdout);
  return ageOf(protocol) === 'newer' ? newerProgram(program, protocol, lacks) : olderProgram(program, lacks);
}

const WHAT: Record<ProbeErrorKind, string> = {
  resolve: 'the name does not resolve',
  refused: 'connection refused',
  unreachable: 'no route to host',
  timeout: 'timeout',
  certificate: 'the certificate is not accepted',
  tls: 'TLS failed',
  reset: 'the connection was cut',
  protocol: 'not an HTTP response',
};

const HINT: Record<ProbeErrorKind, (host: string, probe: Probe) => string> = {
  resolve: (host, { service, placement }) =>
    `Names are resolved on ${host}: give services.${service}.placements.${placement} or its host ` +
    `an address that ${host} can resolve.`,
  refused: (_host, { service }) =>
    `Nothing listens there: start ${service}, or correct the port and the address in the fleet file.`,
  unreachable: (host) =>
    `${host} has no route to that address: give the host of the placement an address that ${host} can reach.`,
  timeout: (host) => `A firewall may drop what ${host} sends, or the address is wrong.`,
  certificate: (_host, { service, placement }) =>
    `Set serverName, trustedCertificate or verify of services.${service}.placements.${placement}.`,
  tls: () => 'Check that the placement speaks TLS there, or write http:// in its URL.',
  reset: (_host, { service }) => `Look at what runs there: fanops logs ${service}.`,
  protocol: () => 'Another program listens there: correct the port in the fleet file.',
};

/** What a probe found, in a few words: `connection refused (ECONNREFUSED 10.0.0.4:9001, GET http://...)`. */
export function probeFinding(probe: Probe): string {
  const { request, status, address, reason, error } = probe;
  if (!error) return `${reason ?? `answers ${status}`} (${request})`;
  const tried = address ? ` ${address}` : '';
  const more = reason && ['resolve', 'certificate', 'tls', 'protocol'].includes(error.kind) ? `: ${reason}` : '';
  return `${WHAT[error.kind]}${more} (${error.code}${tried}, ${request})`;
}

/** What to do about a placement that does not answer. */
export function probeHint(host: string, probe: Probe): string {
  if (probe.error) return HINT[probe.error.kind](host, probe);
  const changed =
    probe.baseline === undefined || probe.baseline === probe.status
      ? ''
      : ` Where another status is meant, name another request in services.${probe.service}.health: ` +
        'what was seen of the earlier one does not count then.';
  return (
    `Look at its log. The request is services.${probe.service}.health, else the first GET ` +
    `among its parity requests.${changed}`
  );
}

/** Who was asked: `vm`, or `vm (app-2)` for one of several targets. */
export const probedPlace = ({ placement, target }: Pick<Probe, 'placement' | 'target'>): string =>
  target === undefined ? placement : `${placement} (${target})`;

/** One line of a placement that does not answer. */
export const silentText = (host: string, probe: Probe): string =>
  `${probe.service} does not answer on ${probedPlace(probe)}, asked from ${host}: ${probeFinding(probe)}`;

/** The error for placements that do not answer. @param more what the user can do besides */
export function noAnswer(
  host: string,
  service: string,
  { probes, stayed }: ProbeReply,
  more: { hint?: string; nextSteps?: string[] } = {},
): PreconditionError {
  const silent = probes.filter(({ ok }) => !ok);
  if (silent.length === 0)
    throw new RemoteError(`The router on ${host} refused the route of ${service} and named no placement.`, { host });
  const kept =
    stayed &&
    Object.entries(stayed)
      .map(([name, weight]) => `${name} ${weight} %`)
      .join(', ');
  const end = kept === undefined ? 'No traffic was moved.' : `The traffic stays with who answers: ${kept}.`;
  return new PreconditionError(`${silent.map((probe) => silentText(host, probe)).join('; ')}. ${end}`, {
    where: host,
    code: 'NO_ANSWER',
    data: { probes, ...(stayed && { stayed }) },
    hint: [...silent.map((probe) => probeHint(host, probe)), ...(more.hint ? [more.hint] : [])].join('\n'),
    nextSteps: more.nextSteps ?? ['fanops doctor'],
  });
}
