import { PreconditionError, UserError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { serviceLock } from '../../remote/layout.js';
import type { Operation } from '../../kit/operation.js';
import { portOf } from '../drift/differences.js';
import { verifyAt } from '../drift/move.js';
import { requireOwnService } from '../../kit/own.js';
import { readServiceRecord } from '../../platforms/pm2/observe.js';
import { releasesOn } from '../../platforms/pm2/prune.js';
import { requireRoute } from '../../kit/route.js';
import { specOf } from '../../platforms/pm2/activate.js';
import { probePlacement } from '../router/probe-step.js';
import { deploy, presentPm2, probeFromRouter, putBackGuard, type DeployFacts, type DeployResult } from './deploy.js';
import { smokeStep } from '../../platforms/pm2/smoke.js';
import { activateStep } from '../../platforms/pm2/activate.js';

/**
 * Runs an earlier release again that is still on the host, with its own arguments and settings. The port belongs to the
 * placement: the release is
 * started where the route leads now, so that no traffic has to move, whichever port it had in its time or the fleet
 * file names since.
 */
export const deployRollback: Operation<{ service: string; to?: string }, DeployFacts, DeployResult> = {
  name: 'deploy-rollback',

  async plan(ctx, { service, to }) {
    const fleet = await ctx.fleet();
    const { name, placement } = await presentPm2(ctx, service);
    const { host, instances = 1 } = placement;
    await requireOwnService(ctx, host, service);
    const record = await readServiceRecord(ctx, host, service);
    await probePlacement(ctx, { service, host: fleet.router().host, placement: name });
    const url = (await requireRoute(ctx, service)).placements.find((each) => each.name === name)?.url;
    const releases = await releasesOn(ctx, host, service);
    const release = to ?? record?.previous;
    if (!record || !release) {
      throw new PreconditionError(`${service} on ${host} has no release to go back to.`, {
        where: host,
        hint: releases.length > 0 ? `There is: ${releases.join(', ')}.` : undefined,
      });
    }
    if (!releases.includes(release)) {
      throw new UserError(`There is no release ${release} of ${service} on ${host}.`, {
        where: host,
        hint: `There is: ${releases.join(', ')}.`,
      });
    }
    const port = url === undefined ? record.port : portOf(url);
    const steps: Step[] = [
      smokeStep.step(
        'release/smoke',
        'Try the release on a free port',
        { service, host, release, placement: name },
        { host },
      ),
      activateStep.step(
        'release/activate',
        'Run the release under PM2',
        { service, host, release, port, instances, background: record.background },
        { host },
      ),
      probeFromRouter(fleet, service, name),
      verifyAt({ service, host, placement: name, release }),
    ];
    return {
      operation: 'deploy-rollback',
      subject: service,
      title: `Roll back ${service}: ${record.release} -> ${release}`,
      steps,
      guards: [putBackGuard(await specOf(ctx, host, record), record)],
      locks: [{ host, name: serviceLock(service) }],
      fingerprint: fleet.hash,
      facts: { service, placement: name, host, release, previous: record.release, fleetHash: fleet.hash },
    };
  },

  result: (ctx, finished) => deploy.result(ctx, finished),
};
