import { ageOf, appliedReply, probeReply, type AppliedReply } from '#protocol';
import { applied, NOT_ANSWERING, putRoute, putRouteUnasked } from '../../remote/router-program.js';
import type { OperationContext } from '../../kit/context.js';
import { mutate, raiseRemote } from '../../kit/on-host.js';
import { newerProgram, noticeAge, protocolIn, readAnswer, routerProgramOn } from '../../kit/host-program.js';
import type { PutOptions, RouterIo } from './engine.js';
import { cannotProbe, isUnknownVerb, noAnswer } from '../../kit/probe.js';
import type { Route } from '../../kit/route.js';

/** Probes included: a placement that was stopped may need its time for the first answer. */
const PUT_MS = 180_000;

/** What is in force on the router host; undefined when no router runs. */
export async function appliedOn(ctx: OperationContext, host: string): Promise<AppliedReply | undefined> {
  const transport = await ctx.hosts.transport(host);
  const result = await transport.run({ argv: applied() }, { timeoutMs: 10_000 });
  return result.code === 0 ? readAnswer(ctx, routerProgramOn(host), appliedReply, result.stdout) : undefined;
}

/**
 * Refuses to put the program of this fanops in the place of one of a newer fanops, whether it runs or not.
 * @throws PreconditionError (code NEWER_PROGRAM)
 */
export async function refuseNewerRouter(ctx: OperationContext, host: string): Promise<void> {
  const transport = await ctx.hosts.transport(host);
  const { stdout } = await transport.run({ argv: applied() }, { timeoutMs: 10_000 });
  const protocol = protocolIn(stdout);
  if (ageOf(protocol) !== 'newer') return;
  throw newerProgram(routerProgramOn(host), protocol, 'it is not replaced by an older one, and nothing was changed');
}

/**
 * Puts a route into effect and returns when it is.
 * @throws PreconditionError (code NO_ANSWER) when a placement that gets weight does not answer from there; (code
 * OLD_ROUTER) when the
 *   program on the host cannot ask. RemoteError when the route is refused or not taken up.
 */
export async function putRouteOn(
  io: RouterIo,
  host: string,
  route: Route,
  { mode = 'probe', settings }: PutOptions = {},
): Promise<void> {
  const options = { brief: true, stdin: JSON.stringify(route), timeoutMs: PUT_MS };
  let argv = putRoute(route.service, mode, settings);
  let result = await mutate(io, host, argv, options);
  if (isUnknownVerb(result)) {
    // The way back must be open whatever runs there.
    if (mode === 'probe') throw cannotProbe(host, result);
    argv = putRouteUnasked(route.service);
    result = await mutate(io, host, argv, options);
  }
  const program = routerProgramOn(host);
  // It is in force by the exit code; whatever else an older program says must not keep the way back from its end.
  if (result.code === 0) return noticeAge(io.ctx, program, protocolIn(result.stdout));
  if (result.code === NOT_ANSWERING)
    throw noAnswer(host, route.service, readAnswer(io.ctx, program, probeReply, result.stdout));
  raiseRemote(host, `The router did not take up the route of ${route.service}`, { argv }, result);
}
