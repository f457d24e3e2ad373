import { targetsOf } from '#protocol';
import { FanopsError, PreconditionError, messageOf } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { isNotReached } from '../../kit/not-there.js';
import { parseRoute, type Route } from '../../kit/route.js';
import { seenFrom } from '../../kit/seen-from.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { routeFile } from '../../remote/layout.js';
import { portOf } from '../../core/url.js';
import { routesOnHost } from '../router/routes-on-host.js';

/** A service that has users on a host. */
interface Served {
  service: string;
  placement: string;
  /** Share of its requests, in percent. */
  weight: number;
}

/**
 * The services whose users the router sends to a host, by the routes in effect: the fleet file may have been changed
 * since. Where the router's machine is not there, nobody is sent anywhere.
 */
async function servicesServedOn(ctx: OperationContext, host: string): Promise<Served[]> {
  const router = (await ctx.fleet()).config.router?.host;
  const found: Served[] = [];
  for (const { service, placements } of router === undefined ? [] : await routesAt(ctx, router, host)) {
    for (const placement of placements.filter(({ weight }) => weight > 0)) {
      const { name, weight } = placement;
      const here = targetsOf(placement).map(({ url }) => isPlacedOn(ctx, host, service, name, url));
      if ((await Promise.all(here)).includes(true)) found.push({ service, placement: name, weight });
    }
  }
  return found;
}

/** The routes that a router host has, also of services that have left the fleet file; none where it is not there. */
async function routesAt(ctx: OperationContext, router: string, host: string): Promise<Route[]> {
  try {
    const names = await routesOnHost(ctx, router);
    const routes = await Promise.all(
      names.map(async (name) => {
        const content = await (await ctx.hosts.transport(router)).getFile(routeFile(name));
        return content && parseRoute(router, name, content.toString('utf8'));
      }),
    );
    return routes.filter((route) => route !== undefined);
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    if (error.code === 'NO_HOST') return [];
    throw untold(host, error);
  }
}

/** Whether a placement is on a host: the fleet file says so, or its address and the record of the host do. */
async function isPlacedOn(
  ctx: OperationContext,
  host: string,
  service: string,
  name: string,
  url: string,
): Promise<boolean> {
  const fleet = await ctx.fleet();
  if (!fleet.hostNames().includes(host)) return false;
  if (fleet.hostsOf(service, name).includes(host)) return true;
  try {
    const address = await seenFrom(ctx, host, fleet.config.router?.host);
    if (new URL(url).hostname.replace(/^\[|\]$/g, '') !== address) return false;
    // What is on this machine has one address: there the ports tell hosts apart.
    if (fleet.traits(host).network !== 'loopback') return true;
    const record = await readServiceRecord(ctx, host, service);
    return record !== undefined && [record.port, ...(record.also ?? []).map(({ port }) => port)].includes(portOf(url));
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    // It does not answer: no user gets an answer of it either.
    return false;
  }
}

/**
 * Looks, before a machine is stopped, restarted or destroyed, that no user is sent to it.
 * @throws PreconditionError (code IN_USE) that names the services, or that it cannot be told
 */
export async function requireNoUsers(ctx: OperationContext, host: string): Promise<void> {
  await requireNoRoutes(ctx, host);
  await requireNoBackgroundWork(ctx, host);
  const served = await servicesServedOn(ctx, host);
  if (served.length === 0) return;
  const list = served.map(({ service, placement, weight }) => `${weight} % of ${service} (${placement})`).join(', ');
  throw new PreconditionError(`Host ${host} is in use: the router sends users there: ${list}.`, {
    ...inUse(host),
    nextSteps: served.flatMap(({ service }) => [
      `fanops migrate status ${service}`,
      `fanops router weight ${service} PLACEMENT=100`,
    ]),
  });
}

/**
 * A service that no route leads to has its timers and queue triggers on one host, and nobody sees when they stop.
 * @throws PreconditionError (code IN_USE) when they run on this one
 */
async function requireNoBackgroundWork(ctx: OperationContext, host: string): Promise<void> {
  const fleet = await ctx.fleet();
  const unrouted = fleet.servicesOn(host).filter((service) => !fleet.service(service).route);
  const working = await Promise.all(
    unrouted.map(async (service) => {
      const record = await readServiceRecord(ctx, host, service).catch((error: unknown) => {
        if (ctx.signal.aborted || !isNotReached(error)) throw error;
        return undefined;
      });
      return record?.background ? [service] : [];
    }),
  );
  const [service] = working.flat();
  if (service === undefined) return;
  throw new PreconditionError(`Host ${host} is in use: timers and queue triggers of ${service} run there.`, {
    ...inUse(host),
    hint:
      'Move them first. `fanops host stop`, `restart`, `destroy` and `sweep` go ahead with --force: they do not run ' +
      'anywhere then.',
    nextSteps: [`fanops migrate ${service}`],
  });
}

/**
 * Also a host that was the router until the fleet file was changed has users for as long as it has routes.
 * @throws PreconditionError (code IN_USE) when the router on a host sends users anywhere, or that cannot be told
 */
async function requireNoRoutes(ctx: OperationContext, host: string): Promise<void> {
  const isRouter = await includesRouter(ctx, [host]);
  if (!isRouter && !(await ctx.fleet()).hostNames().includes(host)) return;
  const routes = await routesAt(ctx, host, host).catch((error: unknown) => {
    if (isRouter || ctx.signal.aborted) throw error;
    return [];
  });
  const routed = routes
    .filter(({ placements }) => placements.some(({ weight }) => weight > 0))
    .map(({ service }) => service);
  if (routed.length === 0) return;
  throw new PreconditionError(`Host ${host} is in use: it is the router of ${routed.join(', ')}.`, {
    ...inUse(host),
    hint: 'Without it their users get no answer. `fanops host stop`, `restart` and `destroy` go ahead with --force.',
    nextSteps: ['fanops router show'],
  });
}

/** The error for a router that does not say whom it sends where. */
const untold = (host: string, error: unknown): PreconditionError =>
  new PreconditionError(
    `Whether users are sent to host ${host} cannot be told: ` +
      `${messageOf(error).replace(/\.$/, '')}. Nothing was changed.`,
    { ...inUse(host), cause: error, nextSteps: ['fanops doctor'] },
  );

/**
 * The same for what goes together. With the host of the router among them nobody is sent anywhere afterwards, which
 * whoever means the whole fleet
 * knows; who names that host alone is told.
 */
export async function requireNoUsersOf(
  ctx: OperationContext,
  hosts: readonly string[],
  { named }: { named: boolean } = { named: false },
): Promise<void> {
  if (await takesAll(ctx, hosts)) {
    if (named) for (const host of hosts) await requireNoUsers(ctx, host);
    return;
  }
  for (const host of hosts) await requireNoUsers(ctx, host);
}

/** Whether nothing works afterwards: the host of the router goes along, or all hosts of a fleet that has none. */
export async function takesAll(ctx: OperationContext, hosts: readonly string[]): Promise<boolean> {
  const fleet = await ctx.fleet();
  if (fleet.config.router) return includesRouter(ctx, hosts);
  const owned = fleet.hostNames().filter((host) => fleet.host(host).provider !== undefined);
  return owned.length > 0 && owned.every((host) => hosts.includes(host));
}

const includesRouter = async (ctx: OperationContext, hosts: readonly string[]): Promise<boolean> => {
  const router = (await ctx.fleet()).config.router?.host;
  return router !== undefined && hosts.includes(router);
};

const inUse = (host: string) => ({
  code: 'IN_USE',
  where: host,
  hint:
    'Send them elsewhere first. `fanops host stop`, `restart`, `destroy` and `sweep` go ahead ' +
    'with --force: users get no answer then.',
});
