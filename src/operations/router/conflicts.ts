import { PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { liveOf } from '../drift/require.js';
import { readRoute, type Route } from '../../kit/route.js';

/** What no two routes may share, as the router looks them up. */
const keyOf = ({ host = '', path }: Route): string => `${host}${path.replace(/\/+$/, '')}`.toLowerCase();

/**
 * What the router would not do, or would do to users without a word: a service gets the path of another one, such as
 * after it was renamed, or a
 * placement that users are sent to has left the fleet file.
 * @param wanted routes of the fleet file
 * @param extra services with a route that the fleet file does not have
 * @throws PreconditionError before anything changes
 */
export async function refuseConflicts(
  ctx: OperationContext,
  wanted: readonly Route[],
  extra: readonly string[],
): Promise<void> {
  const services = [...wanted.map(({ service }) => service), ...extra];
  const present = (await Promise.all(services.map((service) => readRoute(ctx, service)))).flatMap(
    (route) => route ?? [],
  );
  for (const route of wanted) {
    const owner = present.find((each) => each.service !== route.service && keyOf(each) === keyOf(route));
    if (owner) throw takenPath(route, owner, !extra.includes(owner.service));
    const before = present.find(({ service }) => service === route.service);
    const lost = before
      ? liveOf(before).find((name) => !route.placements.some((each) => each.name === name))
      : undefined;
    if (lost !== undefined) throw lostPlacement(route.service, lost);
  }
}

function takenPath({ service, path }: Route, owner: Route, stays: boolean): PreconditionError {
  const users = liveOf(owner).join(' and ');
  return new PreconditionError(
    `${service} is to get ${path}, which is the path of ${owner.service}; nothing was changed.`,
    {
      code: 'PATH_TAKEN',
      where: `services.${service}.route.path`,
      hint: stays
        ? 'Two services cannot change paths in one step: give one of them a path that no service ' +
          'has, apply the router, then the other one.'
        : `The users of ${owner.service} are sent to ${users}. A service keeps its name as long as ` +
          `it has a route: where ${owner.service} was renamed, ` +
          `put its name back. To replace it, remove its route first: apply the router without ${service}.`,
      nextSteps: [`fanops router show`],
    },
  );
}

const lostPlacement = (service: string, placement: string): PreconditionError =>
  new PreconditionError(
    `Users of ${service} are sent to its placement ${placement}, which the fleet file does not ` +
      'have; nothing was changed.',
    {
      code: 'DRIFT',
      where: `services.${service}.placements`,
      hint:
        `Put ${placement} back into the fleet file. A placement can be renamed or removed once ` +
        'its users were moved to another one.',
      nextSteps: [`fanops migrate status ${service}`],
    },
  );
