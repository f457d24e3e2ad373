import type { z } from 'zod';
import { FanopsError, messageOf } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { findPlatformCapability } from '../../kit/platform.js';
import { hostList } from '../host/list.js';
import { probeFrom, silentText, type Probe } from '../../kit/probe.js';
import { readRoute, wayBackOf } from '../../kit/route.js';
import { openRuns } from '../run/list.js';
import type { result } from './status.schema.js';

export type ServiceStatus = StatusResult['services'][number];

export type StatusResult = z.output<typeof result>;

/** Hosts, services with placements and weights, and open runs. */
export async function status(ctx: OperationContext): Promise<StatusResult> {
  const fleet = await ctx.fleet();
  const [{ hosts, failed }, known, open, asked] = await Promise.all([
    hostList(ctx),
    Promise.all(fleet.serviceNames().map((name) => serviceStatus(ctx, name))),
    openRuns(ctx),
    askPlacements(ctx),
  ]);
  const router = fleet.config.router?.host ?? '';
  const services = known.map((service) => {
    const silent = asked.probes.filter((probe) => probe.service === service.name && !probe.ok);
    if (silent.length === 0) return service;
    return {
      ...service,
      silent: silent.map((probe) => ({ placement: probe.placement, problem: silentText(router, probe) })),
    };
  });
  const isWhole = services.every(({ problem, silent }) => problem === undefined && silent === undefined);
  const unasked = services.some(({ problem, placements }) => problem === undefined && placements.length > 0)
    ? asked.why
    : undefined;
  return {
    fleet: fleet.name,
    file: fleet.file,
    hosts,
    services,
    openRuns: open,
    ...(unasked !== undefined && { unasked }),
    complete: failed.length === 0 && isWhole && unasked === undefined,
  };
}

/** Milliseconds for a connection, and again for the answer. */
const ANSWER_MS = 5000;

/** Whether everybody who has traffic answers, asked from the router host. */
async function askPlacements(ctx: OperationContext): Promise<{ probes: Probe[]; why?: string }> {
  const { router } = (await ctx.fleet()).config;
  if (!router) return { probes: [] };
  try {
    return { probes: await probeFrom(ctx, router.host, { timeoutMs: ANSWER_MS }) };
  } catch (error) {
    if (error instanceof FanopsError) return { probes: [], why: messageOf(error) };
    throw error;
  }
}

async function serviceStatus(ctx: OperationContext, name: string): Promise<ServiceStatus> {
  const fleet = await ctx.fleet();
  const { route: wanted } = fleet.service(name);
  if (wanted && !fleet.config.router) return { name, placement: fleet.initialPlacement(name), placements: [] };
  let known: ServiceStatus = { name, placements: [] };
  try {
    if (!wanted) {
      const { placement, previous } = await (await import('../../kit/placement-record.js')).presentPlacement(ctx, name);
      known = { name, placement, previous, ...(previous !== undefined && { rollback: previous }), placements: [] };
      return { ...known, release: await releaseOf(ctx, name, placement) };
    }
    const route = await readRoute(ctx, name);
    if (!route) return { ...known, problem: 'the router does not know it yet' };
    const { placement, previous, placements } = route;
    const rollback = wayBackOf(route)?.to;
    known = { name, placement, previous, ...(rollback !== undefined && { rollback }), placements };
    return { ...known, release: await releaseOf(ctx, name, placement) };
  } catch (error) {
    // Where its host does not answer, users are all the same where the router sends them.
    if (error instanceof FanopsError && !ctx.signal.aborted) return { ...known, problem: messageOf(error) };
    throw error;
  }
}

/** What runs in a placement; undefined where its platform has no releases, or the file has the placement no more. */
async function releaseOf(ctx: OperationContext, service: string, placement: string): Promise<string | undefined> {
  if (!Object.hasOwn((await ctx.fleet()).service(service).placements, placement)) return undefined;
  const releases = await findPlatformCapability(ctx, service, placement, 'releases');
  return (await releases?.running())?.release;
}
