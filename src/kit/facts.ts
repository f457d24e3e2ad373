import { PreconditionError } from '../core/errors.js';
import { parseHostFacts, readHostFacts, type HostFacts, type SoughtProgram } from '../remote/host-facts.js';
import type { OperationContext } from './context.js';
import { seenFrom } from './seen-from.js';
import { ask } from './on-host.js';

/** What a host has: home, Node, PM2, free disk, and one further program. */
export async function hostFacts(ctx: OperationContext, host: string, program?: SoughtProgram): Promise<HostFacts> {
  return parseHostFacts(await ask(ctx, host, readHostFacts(program), 'The facts of the host could not be read'));
}

/**
 * Host name to the address under which the router reaches it: private where both are at one provider, else public.
 * `only`: of the hosts of one service. The function raises what asking for that host's address raised.
 */
export async function addresses(ctx: OperationContext, only?: string): Promise<(host: string) => string> {
  const fleet = await ctx.fleet();
  const placements = fleet.placements().filter(({ service }) => only === undefined || service === only);
  const hosts = [...new Set(placements.flatMap(({ service, name }) => fleet.hostsOf(service, name)))];
  const asked = await Promise.allSettled(hosts.map((host) => seenFrom(ctx, host, fleet.config.router?.host)));
  return (name) => {
    const outcome = asked[hosts.indexOf(name)];
    if (outcome?.status === 'fulfilled') return outcome.value;
    throw outcome?.reason ?? new PreconditionError(`No service runs on host ${name}.`, { where: name });
  };
}

/** Address a service on a host listens on: loopback on a part of this machine or beside the router, else all. */
export async function bindAddress(ctx: OperationContext, host: string): Promise<string> {
  const fleet = await ctx.fleet();
  return fleet.traits(host).network === 'loopback' || fleet.config.router?.host === host ? '127.0.0.1' : '0.0.0.0';
}
