import { hostTime, parseHostTime } from '../../remote/host-facts.js';
import { logMark, routeStats } from '../../remote/router-program.js';
import type { OperationContext } from '../context.js';
import { ask, raiseRemote } from '../on-host.js';
import { parseReply, type LogMark, type PlacementStats, type ServiceStats, type StatsWindow } from './engine.js';

interface StatsReply {
  complete: boolean;
  gap?: string;
  services: Record<string, { placements: Record<string, PlacementStats> }>;
}

const WHAT = 'The statistics of the router could not be read';
const TIMEOUT = { timeoutMs: 30_000 };
/** The program's exit code for options that it does not know. */
const USAGE = 2;

/** Where the router's log ends. An older program does not know: then only the time of its host. */
export async function markOn(ctx: OperationContext, host: string): Promise<LogMark> {
  const argv = logMark();
  const result = await (await ctx.transport(host)).run({ argv }, { signal: ctx.signal, ...TIMEOUT });
  if (result.code === 0) return parseReply<LogMark>(host, result.stdout);
  if (result.code !== USAGE) raiseRemote(host, WHAT, { argv }, result);
  return { time: (await timeOn(ctx, host)).toISOString() };
}

/** Figures of a service from the access log on the router host. */
export async function statsOn(ctx: OperationContext, host: string, service: string, window: StatsWindow): Promise<ServiceStats> {
  const stdout = await ask(ctx, host, routeStats(service, await argumentOf(ctx, host, window)), WHAT, TIMEOUT);
  const { complete, gap, services } = parseReply<StatsReply>(host, stdout);
  return { complete, ...(gap !== undefined && { gap }), placements: services[service]?.placements ?? {} };
}

async function argumentOf(ctx: OperationContext, host: string, window: StatsWindow): Promise<Parameters<typeof routeStats>[1]> {
  if ('since' in window) return window;
  if ('lastSeconds' in window) return { since: new Date((await timeOn(ctx, host)).getTime() - window.lastSeconds * 1000).toISOString() };
  const { position, time } = window.from;
  return position === undefined ? { since: time } : { from: position };
}

const timeOn = async (ctx: OperationContext, host: string): Promise<Date> =>
  parseHostTime(await ask(ctx, host, hostTime(), 'The time could not be asked'));
