import { logMark as logMarkReply, routerStats, type LogMark } from '#protocol';
import { hostTime, parseHostTime } from '../../remote/host-facts.js';
import { logMark, routeStats } from '../../remote/router-program.js';
import type { OperationContext } from '../../kit/context.js';
import { ask } from '../../kit/on-host.js';
import { readAnswer, routerProgramOn } from '../../kit/host-program.js';
import type { ServiceStats, StatsWindow } from './engine.js';

const WHAT = 'The statistics of the router could not be read';
const TIMEOUT = { timeoutMs: 30_000 };

/** Where the router's log ends. @throws RemoteError when it cannot be told. */
export async function markOn(ctx: OperationContext, host: string): Promise<LogMark> {
  const stdout = await ask(ctx, host, logMark(), WHAT, TIMEOUT);
  return readAnswer(ctx, routerProgramOn(host), logMarkReply, stdout);
}

/** Figures of a service from the access log on the router host. */
export async function statsOn(
  ctx: OperationContext,
  host: string,
  service: string,
  window: StatsWindow,
): Promise<ServiceStats> {
  const stdout = await ask(ctx, host, routeStats(service, await argumentOf(ctx, host, window)), WHAT, TIMEOUT);
  const { complete, gap, services } = readAnswer(ctx, routerProgramOn(host), routerStats, stdout);
  return { complete, ...(gap !== undefined && { gap }), placements: services[service]?.placements ?? {} };
}

async function argumentOf(
  ctx: OperationContext,
  host: string,
  window: StatsWindow,
): Promise<Parameters<typeof routeStats>[1]> {
  if ('since' in window) return window;
  if ('from' in window) return { from: window.from.position };
  const now = parseHostTime(await ask(ctx, host, hostTime(), 'The time could not be asked'));
  return { since: new Date(now.getTime() - window.lastSeconds * 1000).toISOString() };
}
