import { applied, putRoute } from '../../remote/router-program.js';
import type { OperationContext } from '../context.js';
import { mutateOk } from '../on-host.js';
import { parseReply, type RouterIo } from './engine.js';
import type { Route } from './route.js';

/** What the router's program says of itself (packages/router, `applied`). */
export interface AppliedReply {
  mark?: string;
  errors: Record<string, string>;
  holder?: { engine: string; program: string; error?: string; tried?: string };
}

/** What is in force on the router host; undefined when no router runs. */
export async function appliedOn(ctx: OperationContext, host: string): Promise<AppliedReply | undefined> {
  const transport = await ctx.transport(host);
  const result = await transport.run({ argv: applied() }, { timeoutMs: 10_000 });
  return result.code === 0 ? parseReply<AppliedReply>(host, result.stdout) : undefined;
}

/** Puts a route into effect and returns when it is. @throws RemoteError when it is refused or not taken up. */
export async function putRouteOn(io: RouterIo, host: string, route: Route): Promise<void> {
  await mutateOk(io, host, putRoute(route.service), `The router did not take up the route of ${route.service}`, {
    brief: true, stdin: JSON.stringify(route), timeoutMs: 30_000,
  });
}
