import type { z } from 'zod';
import { PreconditionError, UserError } from '../../core/errors.js';
import { portOf } from '../../core/url.js';
import type { Operation } from '../../kit/operation.js';
import { requireRoute, routedUrl } from '../../kit/route.js';
import { JUDGE, targetsTitle } from '../drift/move.js';
import { placeOf, serviceLocks } from '../../kit/service-locks.js';
import { probePlacement } from '../router/probe-step.js';
import { restoreRoute } from '../router/program-restore.js';
import { routeStep } from '../router/program-steps.js';
import { sameRoute, withTargetsDown } from '../router/wanted-route.js';
import type { options } from './rollback.schema.js';
import { deploy, presentReleases, probeFromRouter, type DeployFacts, type DeployResult } from './deploy.js';

type RollbackOptions = z.output<typeof options>;

/**
 * Runs an earlier release again that is still on the host, with its own arguments and settings. The port belongs to the
 * placement: the release is
 * started where the route leads now, so that no traffic has to move, whichever port it had in its time or the fleet
 * file names since.
 */
export const deployRollback: Operation<RollbackOptions, DeployFacts, DeployResult> = {
  name: 'deploy-rollback',

  async plan(ctx, { service, to, without }) {
    const fleet = await ctx.fleet();
    const { name, left, releases } = await presentReleases(ctx, service, without);
    const host = placeOf(fleet, service, name, left);
    const router = fleet.router().host;
    await releases.requireOwn();
    const running = await releases.running();
    await probePlacement(ctx, { service, host: router, placement: name });
    const present = await requireRoute(ctx, service);
    const routed = present.placements.find((each) => each.name === name);
    const level = withTargetsDown(present, name, left);
    const moves = !sameRoute(present, level);
    const kept = await releases.list();
    const release = to ?? running?.previous;
    if (!running || !release) {
      throw new PreconditionError(`${service} on ${host} has no release to go back to.`, {
        where: host,
        hint: kept.length > 0 ? `There is: ${kept.join(', ')}.` : undefined,
      });
    }
    if (!kept.includes(release)) {
      throw new UserError(`There is no release ${release} of ${service} on ${host}.`, {
        where: host,
        hint: `There is: ${kept.join(', ')}.`,
      });
    }
    const port = (on: string): number => {
      const url = routed && routedUrl(routed, on);
      return url === undefined ? running.port : portOf(url);
    };
    return {
      operation: 'deploy-rollback',
      subject: service,
      title: `Roll back ${service}: ${running.release} -> ${release}`,
      steps: [
        ...releases.rerunSteps({ release, port, background: running.background }),
        ...(moves
          ? [
              routeStep.step(
                'route',
                targetsTitle(name, left),
                { service, host: router, route: level },
                { host: router },
              ),
            ]
          : []),
        probeFromRouter(fleet, service, name),
        ...releases.verifySteps(release),
      ],
      guards: [
        ...(moves ? [{ from: 'route', until: JUDGE, action: restoreRoute(router, service, present) }] : []),
        ...(await releases.putBackGuards(release, JUDGE)),
      ],
      locks: serviceLocks(fleet, service, [name], moves ? [router] : [], left),
      fingerprint: fleet.hash,
      facts: {
        ...{ service, placement: name, host, release },
        previous: running.release,
        ...(left.length > 0 && { without: [...left] }),
        fleetHash: fleet.hash,
      },
    };
  },

  result: (ctx, finished) => deploy.result(ctx, finished),
};
