import type { z } from 'zod';
import type { OperationContext } from '../../kit/context.js';
import { engineOf } from './program-engine.js';
import { routesOnHost } from './routes-on-host.js';
import { readRoute } from '../../kit/route.js';
import type { result } from './show.schema.js';

export type RouterShow = z.output<typeof result>;

/** What the router does, with the figures of the last ten minutes. */
export async function routerShow(ctx: OperationContext): Promise<RouterShow> {
  const fleet = await ctx.fleet();
  const { host, listen } = fleet.router();
  const engine = await engineOf(ctx);
  const running = await engine.running(ctx, host);
  const routes = await Promise.all(
    (await routesOnHost(ctx, host)).map(async (service) => {
      const route = await readRoute(ctx, service);
      return { ...route!, stats: await engine.stats(ctx, host, service, { lastSeconds: 600 }) };
    }),
  );
  const missing = fleet
    .serviceNames()
    .filter((service) => fleet.service(service).route && !routes.some((route) => route.service === service));
  return { host, engine: engine.name, listen, running, routes, missing };
}
