import { createHash } from 'node:crypto';
import { PreconditionError } from '../../core/errors.js';
import { serviceLock } from '../../remote/layout.js';
import type { OperationContext } from '../context.js';
import { hookHandler, withHooks } from '../hooks/hook-step.js';
import type { Operation } from '../operation.js';
import { analyse, requireMovable } from '../release/analyse.js';
import { newReleaseId } from '../release/id.js';
import { readServiceRecord } from '../release/process.js';
import { readSource } from '../release/source.js';
import { releaseHandlers, releaseSteps } from '../release/steps.js';
import { requireRoute } from '../router/route.js';

export interface DeployResult {
  run: string;
  service: string;
  placement: string;
  host: string;
  release: string;
  previous?: string;
  ms: number;
}

/** The placement that a service has, which must be one that fanops runs. */
export async function presentPm2(ctx: OperationContext, service: string) {
  const fleet = await ctx.fleet();
  fleet.service(service);
  const route = await requireRoute(ctx, service);
  return { name: route.placement, placement: fleet.pm2Placement(service, route.placement) };
}

/** A new version of a service where it is now. */
export const deploy: Operation<{ service: string }, DeployResult> = {
  name: 'deploy',
  handlers: { ...releaseHandlers, hook: hookHandler },

  async plan(ctx, { service }) {
    const fleet = await ctx.fleet();
    const { name, placement } = await presentPm2(ctx, service);
    const record = await readServiceRecord(ctx, placement.host, service);
    if (!record) throw new PreconditionError(`${service} does not run on ${placement.host}.`, { where: placement.host, nextSteps: [`fanops migrate ${service} --to ${name}`] });
    const source = await readSource(ctx, service);
    const analysis = await analyse(ctx, service);
    await requireMovable(ctx, service, analysis);
    const release = newReleaseId(new Date(ctx.clock.now()), source.hash);
    const facts = { service, to: name, from: name, release };
    const steps = releaseSteps({
      service, release, placement, source, analysis,
      background: record.background,
      hooks: (inner) => withHooks(fleet, 'release', facts, inner),
    });
    return {
      operation: 'deploy', subject: service, title: `Deploy ${service} ${release} to ${name}`,
      steps: withHooks(fleet, 'deploy', facts, [
        ...steps, { id: 'prune', kind: 'release.prune', title: 'Remove old releases', host: placement.host, input: { service, host: placement.host } },
      ]),
      guards: [], locks: [{ host: placement.host, name: serviceLock(service) }],
      fingerprint: createHash('sha256').update(`${fleet.hash}\0${source.hash}\0${ctx.version}`).digest('hex'),
      facts: { service, placement: name, host: placement.host, release, previous: record.release, fleetHash: fleet.hash },
    };
  },

  async result(_ctx, { run }) {
    const { service, placement, host, release, previous } = run.plan.facts;
    return {
      run: run.id, service: String(service), placement: String(placement), host: String(host), release: String(release),
      previous: typeof previous === 'string' ? previous : undefined, ms: Date.parse(run.endedAt ?? '') - Date.parse(run.createdAt),
    };
  },
};
