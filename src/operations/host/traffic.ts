import { FanopsError, PreconditionError, messageOf } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { servedOn } from '../../kit/in-use.js';
import { readRoute } from '../../kit/route.js';

/** A service that has users on a host. */
interface Served {
  service: string;
  placement: string;
  /** Share of its requests, in percent. */
  weight: number;
}

/**
 * The services whose users the router sends to a host. Where the router's machine is not there, nobody is sent
 * anywhere.
 */
async function servicesServedOn(ctx: OperationContext, host: string): Promise<Served[]> {
  const fleet = await ctx.fleet();
  const found: Served[] = [];
  for (const service of fleet.serviceNames()) {
    const placement = await servedOn(ctx, host, service).catch((error: unknown) => {
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
      if (error.code === 'NO_HOST') return undefined;
      throw untold(host, error);
    });
    if (placement) found.push({ service, placement: placement.name, weight: placement.weight });
  }
  return found;
}

/**
 * Looks, before a machine is stopped, restarted or destroyed, that no user is sent to it.
 * @throws PreconditionError (code IN_USE) that names the services, or that it cannot be told
 */
export async function requireNoUsers(ctx: OperationContext, host: string): Promise<void> {
  if (await includesRouter(ctx, [host])) await requireNoRoutes(ctx, host);
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

/** @throws PreconditionError (code IN_USE) when the router on a host sends users anywhere, or that cannot be told */
async function requireNoRoutes(ctx: OperationContext, host: string): Promise<void> {
  const fleet = await ctx.fleet();
  const routed: string[] = [];
  for (const service of fleet.serviceNames().filter((name) => fleet.service(name).route)) {
    const route = await readRoute(ctx, service).catch((error: unknown) => {
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
      if (error.code === 'NO_HOST') return undefined;
      throw untold(host, error);
    });
    if (route?.placements.some(({ weight }) => weight > 0)) routed.push(service);
  }
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
  if (await includesRouter(ctx, hosts)) {
    if (named) for (const host of hosts) await requireNoUsers(ctx, host);
    return;
  }
  for (const host of hosts) await requireNoUsers(ctx, host);
}

export const includesRouter = async (ctx: OperationContext, hosts: readonly string[]): Promise<boolean> => {
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
