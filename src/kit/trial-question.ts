import type { TrialQuestion } from '#protocol';
import { healthOf } from './health.js';
import { readRoute, type RoutedPlacement } from './route.js';
import type { OperationContext } from './context.js';

/**
 * What the router will ask of a release once it has users: the health request of its placement, by the host that users
 * name, and what it answered when it
 * was last judged good.
 */
export async function trialQuestion(ctx: OperationContext, service: string, placement: string): Promise<TrialQuestion> {
  const fleet = await ctx.fleet();
  const port = fleet.portOf(service, placement) ?? 80;
  const { route } = fleet.service(service);
  const present = route && (await readRoute(ctx, service));
  const { path = '/', host } = route ?? {};
  const known = present?.placements.find(({ name }) => name === placement);
  // It is tried alone, whichever other targets its placement has.
  const { targets: _others, ...alone } = known ?? {};
  const tried: RoutedPlacement = { name: placement, url: `http://127.0.0.1:${port}`, weight: 0, ...alone };
  return {
    placement,
    tls: fleet.config.router?.tls !== undefined,
    route: {
      service,
      path,
      ...(host && { host }),
      health: healthOf(fleet, service) ?? present?.health,
      baselines: present?.baselines,
      placements: [tried],
    },
  };
}
