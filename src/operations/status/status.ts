import { FanopsError, messageOf } from '../../core/errors.js';
import type { OperationContext } from '../context.js';
import { hostList, type HostRow } from '../host/list.js';
import { readRoute, type RoutedPlacement } from '../router/route.js';
import { openRuns, type RunRow } from '../run/list.js';

export interface ServiceStatus {
  name: string;
  placement?: string;
  previous?: string;
  placements: RoutedPlacement[];
  /** Release that runs on a host, when the placement is one that fanops runs. */
  release?: string;
  /** Why it could not be told. */
  problem?: string;
}

export interface StatusResult {
  fleet: string;
  file: string;
  hosts: HostRow[];
  services: ServiceStatus[];
  openRuns: RunRow[];
  /** False when something did not answer, so that the picture has holes. */
  complete: boolean;
}

/** Hosts, services with placements and weights, and open runs. */
export async function status(ctx: OperationContext): Promise<StatusResult> {
  const fleet = await ctx.fleet();
  const [{ hosts, failed }, services, open] = await Promise.all([
    hostList(ctx), Promise.all(fleet.serviceNames().map((name) => serviceStatus(ctx, name))), openRuns(ctx),
  ]);
  return {
    fleet: fleet.name, file: fleet.file, hosts, services, openRuns: open,
    complete: failed.length === 0 && services.every((service) => service.problem === undefined),
  };
}

async function serviceStatus(ctx: OperationContext, name: string): Promise<ServiceStatus> {
  const fleet = await ctx.fleet();
  if (!fleet.config.router || !fleet.service(name).route) return { name, placement: fleet.initialPlacement(name), placements: [] };
  try {
    const route = await readRoute(ctx, name);
    if (!route) return { name, placements: [], problem: 'the router does not know it yet' };
    const placement = fleet.service(name).placements[route.placement];
    const release = placement?.platform === 'pm2' ? await releaseOn(ctx, placement.host, name) : undefined;
    return { name, placement: route.placement, previous: route.previous, placements: route.placements, release };
  } catch (error) {
    if (error instanceof FanopsError && !ctx.signal.aborted) return { name, placements: [], problem: messageOf(error) };
    throw error;
  }
}

async function releaseOn(ctx: OperationContext, host: string, service: string): Promise<string | undefined> {
  const { readServiceRecord } = await import('../release/process.js');
  return (await readServiceRecord(ctx, host, service))?.release;
}
