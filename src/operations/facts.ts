import { parseHostFacts, readHostFacts, type HostFacts } from '../remote/host-facts.js';
import type { OperationContext } from './context.js';
import { ask } from './on-host.js';

/** What a host has: home, Node, PM2, free disk. */
export async function hostFacts(ctx: OperationContext, host: string): Promise<HostFacts> {
  return parseHostFacts(await ask(ctx, host, readHostFacts(), 'The facts of the host could not be read'));
}

/** Host name to the address under which other hosts of the fleet reach it. */
export async function addresses(ctx: OperationContext): Promise<(host: string) => string> {
  const fleet = await ctx.fleet();
  return (name) => fleet.host(name).address ?? '127.0.0.1';
}

/** Address a service on a host listens on: loopback on a local host or beside the router, else all. */
export async function bindAddress(ctx: OperationContext, host: string): Promise<string> {
  const fleet = await ctx.fleet();
  return fleet.host(host).provider === 'local' || fleet.config.router?.host === host ? '127.0.0.1' : '0.0.0.0';
}
