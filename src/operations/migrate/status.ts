import type { OperationContext } from '../../kit/context.js';
import { engineOf } from '../router/engines.js';
import type { ServiceStats } from '../router/engine.js';
import { requireRoute, type RoutedPlacement } from '../../kit/route.js';

export interface MigrateStatus {
  service: string;
  /** `open`: a rollback is possible; `split`: traffic goes to more than one side; `settled`: neither. */
  state: 'settled' | 'open' | 'split';
  placement: string;
  previous?: string;
  placements: RoutedPlacement[];
  since: string;
  run: string;
  /** Figures of the last ten minutes. */
  stats: ServiceStats;
}

/** Where a service stands between its placements. */
export async function migrateStatus(ctx: OperationContext, service: string): Promise<MigrateStatus> {
  const fleet = await ctx.fleet();
  fleet.service(service);
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
