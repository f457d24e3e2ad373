import { applied, NOT_ANSWERING, putRoute, putRouteUnasked } from '../../remote/router-program.js';
import type { OperationContext } from '../context.js';
import { mutate, raiseRemote } from '../on-host.js';
import { parseReply, type PutOptions, type RouterIo } from './engine.js';
import { isOlderProgram, noAnswer, olderProgram, type ProbeReply } from './probe.js';
import type { Route } from './route.js';

/** What the router's program says of itself (packages/router, `applied`). */
export interface AppliedReply {
  mark?: string;
  errors: Record<string, string>;
  holder?: { engine: string; program: string; error?: string; tried?: string };
}

/** Probes included: a placement that was stopped may need its time for the first answer. */
const PUT_MS = 180_000;

/** What is in force on the router host; undefined when no router runs. */
export async function appliedOn(ctx: OperationContext, host: string): Promise<AppliedReply | undefined> {
  const transport = await ctx.transport(host);
  const result = await transport.run({ argv: applied() }, { timeoutMs: 10_000 });
  return result.code === 0 ? parseReply<AppliedReply>(host, result.stdout) : undefined;
}

/**
 * Puts a route into effect and returns when it is.
 * @throws PreconditionError (code NO_ANSWER) when a placement that gets weight does not answer from there; (code OLD_ROUTER) when the
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
  if (isOlderProgram(result)) {
    // The way back must be open whatever runs there.
    if (mode === 'probe') throw olderProgram(host);
    argv = putRouteUnasked(route.service);
    result = await mutate(io, host, argv, options);
  }
  if (result.code === 0) return;
  if (result.code === NOT_ANSWERING) throw noAnswer(host, route.service, parseReply<ProbeReply>(host, result.stdout));
  raiseRemote(host, `The router did not take up the route of ${route.service}`, { argv }, result);
}
