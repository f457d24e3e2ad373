import type { z } from 'zod';
import { PreconditionError, UserError } from '../../core/errors.js';
import { portOf } from '../../core/url.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation } from '../../kit/operation.js';
import { requireRoute, routedUrl } from '../../kit/route.js';
import { JUDGE, targetsTitle } from '../drift/move.js';
import { placeOf, serviceLocks } from '../../kit/service-locks.js';
import { probePlacement } from '../router/probe-step.js';
import { restoreRoute } from '../router/program-restore.js';
import { routeStep } from '../router/program-steps.js';
import { sameRoute, withTargetsDown } from '../router/wanted-route.js';
import type { options } from './rollback.schema.js';
import {
  deploy,
  judgedByHosts,
  presentReleases,
  probeFromRouter,
  type Deployed,
  type DeployFacts,
  type DeployResult,
  type Judging,
} from './deploy.js';

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
    await releases.requireOwn();
    const running = await releases.running();
    const judge = await (fleet.service(service).route ? routed : unrouted)(ctx, { service, name, left, releases });
    const kept = await releases.list();
    const release = to ?? running?.previous;
    if (!running || !release) {
      throw new PreconditionError(`${service} on ${host} has no release to go back to.`, {
        where: host,
        hint: kept.length > 0 ? `There is: ${kept.join(', ')}.` : undefined,
      });
    }
    if (!kept.includes(release) && to === undefined) {
      const last = kept.filter((each) => each < running.release).at(-1);
      throw new PreconditionError(`The release that ran before, ${release}, is not kept on ${host}.`, {
        where: host,
        hint: kept.length > 0 ? `There is: ${kept.join(', ')}.` : undefined,
        nextSteps: last === undefined ? undefined : [`fanops deploy rollback ${service} --to ${last}`],
      });
    }
    if (!kept.includes(release)) {
      throw new UserError(`There is no release ${release} of ${service} on ${host}.`, {
        where: host,
        hint: `There is: ${kept.join(', ')}.`,
      });
    }
    const { steps, guards, hosts } = await judge.judged(release);
    return {
      operation: 'deploy-rollback',
      subject: service,
      title: `Roll back ${service}: ${running.release} -> ${release}`,
      steps: [
        ...releases.rerunSteps({
          release,
          port: (on) => judge.port(on) ?? running.port,
          background: running.background || running.orphaned === true,
        }),
        ...steps,
        ...releases.verifySteps(release),
      ],
      guards,
      locks: serviceLocks(fleet, service, [name], hosts, left),
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

/** How it is judged whether the release stays, as of a deploy, and where it is to listen. */
interface Rerun extends Pick<Judging, 'judged'> {
  /** On a host; undefined where that is as its record says. */
  port(host: string): number | undefined;
}

/** By the router, which sends nobody to hosts that are left out. */
async function routed(ctx: OperationContext, { service, name, left, releases }: Deployed): Promise<Rerun> {
  const fleet = await ctx.fleet();
  const { host } = fleet.router();
  await probePlacement(ctx, { service, host, placement: name });
  const present = await requireRoute(ctx, service);
  const placement = present.placements.find((each) => each.name === name);
  const level = withTargetsDown(present, name, left);
  const moves = !sameRoute(present, level);
  const move = routeStep.step('route', targetsTitle(name, left), { service, host, route: level }, { host });
  const guard = { from: 'route', until: JUDGE, action: restoreRoute(host, service, present) };
  return {
    port(on) {
      const url = placement && routedUrl(placement, on);
      return url === undefined ? undefined : portOf(url);
    },
    judged: async (release) => ({
      steps: [...(moves ? [move] : []), probeFromRouter(fleet, service, name)],
      guards: [...(moves ? [guard] : []), ...(await releases.putBackGuards(release, JUDGE))],
      hosts: moves ? [host] : [],
    }),
  };
}

/** By what is read back on its hosts, where it listens as the fleet file says. */
async function unrouted(ctx: OperationContext, deployed: Deployed): Promise<Rerun> {
  const fleet = await ctx.fleet();
  const { service, name } = deployed;
  return { port: (on) => fleet.portOf(service, name, on), judged: judgedByHosts(deployed.releases) };
}
