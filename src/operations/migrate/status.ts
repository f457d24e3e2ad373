import type { z } from 'zod';
import type { OperationContext } from '../../kit/context.js';
import { engineOf } from '../router/program-engine.js';
import { presentPlacement } from '../../kit/placement-record.js';
import { requireRoute } from '../../kit/route.js';
import type { result } from './status.schema.js';

export type MigrateStatus = z.output<typeof result>;

/** Where a service stands between its placements. */
export async function migrateStatus(ctx: OperationContext, { service }: { service: string }): Promise<MigrateStatus> {
  const fleet = await ctx.fleet();
  if (!fleet.service(service).route) {
    const { placement, previous, run = '', at: since = '' } = await presentPlacement(ctx, service);
    const stats = { complete: true, placements: {} };
    return { service, placement, previous, placements: [], since, run, stats, state: previous ? 'open' : 'settled' };
  }
  const route = await requireRoute(ctx, service);
  const split = route.placements.filter((placement) => placement.weight > 0).length > 1;
  const stats = await (await engineOf(ctx)).stats(ctx, fleet.router().host, service, { lastSeconds: 600 });
  return {
    service,
    placement: route.placement,
    previous: route.previous,
    placements: route.placements,
    since: route.at,
    run: route.run,
    stats,
    state: split ? 'split' : route.previous ? 'open' : 'settled',
  };
}
