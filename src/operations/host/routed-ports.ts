import { decode, route as routeSchema } from '#protocol';
import { CancelledError, FanopsError, messageOf } from '../../core/errors.js';
import { readJsonFiles } from '../../remote/files.js';
import { routesDir } from '../../remote/layout.js';
import type { OperationContext } from '../../kit/context.js';
import { portOf } from '../../core/url.js';
import { ask } from '../../kit/on-host.js';
import { seenFrom } from '../../kit/seen-from.js';

const READ_MS = 30_000;

/** A port of a host to which the router sends requests of a service. */
interface RoutedPort {
  service: string;
  port: number;
}

/** Where the routes in effect lead on a host; `unknown` says why it cannot be told. */
export type RoutedPorts = { ports: RoutedPort[] } | { unknown: string };

/**
 * The ports of a host that the routes in effect lead to, whatever the fleet file says by now. None when the router is
 * not there yet.
 */
export async function routedPorts(ctx: OperationContext, host: string): Promise<RoutedPorts> {
  const router = (await ctx.fleet()).config.router?.host;
  if (router === undefined || !(await isThere(ctx, router))) return { ports: [] };
  try {
    const text = await ask(ctx, router, readJsonFiles(routesDir), 'The routes could not be read', {
      timeoutMs: READ_MS,
    });
    const routes = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => decode(routeSchema, line));
    const address = await seenFrom(ctx, host, router);
    const here = (url: string): boolean => new URL(url).hostname.replace(/^\[|\]$/g, '') === address;
    return {
      ports: routes.flatMap(({ service, placements }) =>
        placements.filter(({ url }) => here(url)).map(({ url }) => ({ service, port: portOf(url) })),
      ),
    };
  } catch (error) {
    if (error instanceof CancelledError || ctx.signal.aborted) throw error;
    // A host that is not there has no port that a route could lead to.
    if (error instanceof FanopsError && error.code === 'NO_HOST' && error.where === host) return { ports: [] };
    return { unknown: messageOf(error) };
  }
}

/** Whether a host exists; one that only has an address does. */
async function isThere(ctx: OperationContext, host: string): Promise<boolean> {
  const fleet = await ctx.fleet();
  const { provider } = fleet.host(host);
  if (provider === undefined) return true;
  return (await (await ctx.providers.capability(provider, 'instances')).find(fleet.name, host)) !== undefined;
}
