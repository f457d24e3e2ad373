import type { z } from 'zod';
import { createHash } from 'node:crypto';
import { PreconditionError } from '../../core/errors.js';
import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { placeOf, serviceLocks } from '../../kit/service-locks.js';
import { requireHostsOf } from '../../kit/without.js';
import type { OperationContext } from '../../kit/context.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { platformCapability } from '../../kit/platform.js';
import { runtimeOf } from '../../kit/runtime.js';
import { cutIn } from '../../kit/cut.js';
import { newReleaseId } from '../../kit/release-id.js';
import { alsoListens, JUDGE, planMove, requireFreePort } from '../drift/move.js';
import { liveOf, requireAgreement } from '../drift/require.js';
import { probePlacement, probeStep } from '../router/probe-step.js';
import { presentPlacement } from '../../kit/placement-record.js';
import { requireRoute } from '../../kit/route.js';
import type { AlsoListen, Releases } from '../../platforms/contracts/platform.js';
import type { options, result } from './deploy.schema.js';

export type DeployResult = z.output<typeof result>;

type DeployOptions = z.output<typeof options>;

/** What a deployment and its rollback know before they run. */
export interface DeployFacts extends PlanFacts {
  service: string;
  placement: string;
  host: string;
  release: string;
  /** The release that ran before. */
  previous?: string;
  /** Hosts that it left out. */
  without?: string[];
}

/**
 * The placement that a service has, whose platform must have releases.
 * @param without hosts of it that are left out
 * @throws PreconditionError (code NO_CAPABILITY); UserError when they are none of its hosts
 */
export async function presentReleases(ctx: OperationContext, service: string, without?: readonly string[]) {
  const fleet = await ctx.fleet();
  fleet.service(service);
  const { placement: name } = await presentPlacement(ctx, service);
  const left = requireHostsOf(fleet, service, name, without);
  return { name, left, releases: await platformCapability(ctx, service, name, 'releases', left) };
}

function notThere(service: string, placement: string, host: string): PreconditionError {
  return new PreconditionError(`${service} does not run on ${host}.`, {
    where: host,
    code: 'DRIFT',
    hint:
      `When services.${service}.placements.${placement}.host was changed: a deploy does not ` +
      `move a service between hosts. Put the earlier host back, add a placement for ${host} ` +
      'and migrate to it.',
    nextSteps: [`fanops migrate status ${service}`],
  });
}

/** How it is judged whether a release that was swapped in stays, and what goes with that. */
export interface Judging {
  /** Where it listens beside its own port until it is judged. */
  also: AlsoListen;
  judged(release: string): Promise<{
    /** Between the swap and what is read back. */
    steps: Step[];
    /** When a step fails, the release before runs again. */
    guards: Guard[];
    /** Further hosts on which something changes. */
    hosts: string[];
  }>;
}

/** What is deployed, and where. */
export interface Deployed {
  service: string;
  /** Of its placement. */
  name: string;
  left: readonly string[];
  releases: Releases;
}

/** By the router, which moves to where the release listens when that differs from the route. */
async function routed(ctx: OperationContext, { service, name, left, releases }: Deployed): Promise<Judging> {
  const fleet = await ctx.fleet();
  const { host } = fleet.router();
  // Asked for what it can tell: a router's program that cannot ask is found out before anything changes.
  await probePlacement(ctx, { service, host, placement: name });
  await releases.requireOwn();
  const receiving = liveOf(await requireRoute(ctx, service));
  const compared = await requireAgreement(ctx, service, { receiving, moved: name, without: left });
  await requireFreePort(ctx, compared, name);
  const also = alsoListens(compared, name);
  return {
    also,
    async judged(release) {
      const probe = probeFromRouter(fleet, service, name);
      const back = await releases.putBackGuards(release, JUDGE);
      const move = planMove(fleet, compared, name, { releases, also, judge: [probe], back });
      return move.steps.length > 0 ? { ...move, hosts: [host] } : { steps: [probe], guards: back, hosts: [] };
    },
  };
}

/** By what is read back on its hosts: no route leads to it. */
async function unrouted(_ctx: OperationContext, { releases }: Deployed): Promise<Judging> {
  await releases.requireOwn();
  return { also: {}, judged: judgedByHosts(releases) };
}

/** Where no route leads, the hosts alone tell whether a release runs. */
export const judgedByHosts =
  (releases: Releases): Judging['judged'] =>
  async (release) => {
    const last = releases.verifySteps(release).at(-1);
    return { steps: [], guards: last ? await releases.putBackGuards(release, last.id) : [], hosts: [] };
  };

/** Looks from the router host whether users get an answer of the release that was swapped in. */
export const probeFromRouter = (fleet: Fleet, service: string, placement: string): Step => {
  const { host } = fleet.router();
  return probeStep.step(JUDGE, `Ask ${placement} from ${host}`, { service, host, placement }, { host });
};

/**
 * A new version of a service where it is now; where the port of its placement was changed, it moves there first and the
 * route follows.
 */
export const deploy: Operation<DeployOptions, DeployFacts, DeployResult> = {
  name: 'deploy',

  async plan(ctx, { service, without, withoutKeys }) {
    const fleet = await ctx.fleet();
    const { name, left, releases } = await presentReleases(ctx, service, without);
    const host = placeOf(fleet, service, name, left);
    const running = await releases.running();
    if (!running) throw notThere(service, name, host);
    const { also, judged } = await (fleet.service(service).route ? routed : unrouted)(ctx, {
      service,
      name,
      left,
      releases,
    });
    const prepared = await (await runtimeOf(ctx, service)).prepare(ctx, service, { withoutKeys });
    const { sourceHash } = prepared.source;
    const release = newReleaseId(new Date(ctx.io.clock.now()), sourceHash);
    const facts = { service, to: name, from: name, release };
    const steps = [
      ...prepared.steps,
      ...(await releases.deploySteps({
        release,
        source: prepared.source,
        background: running.background || running.orphaned === true,
        also,
        hooks: (inner) => withHooks(fleet, 'release', facts, inner),
      })),
    ];
    const judge = await judged(release);
    return {
      operation: 'deploy',
      subject: service,
      title: `Deploy ${service} ${release} to ${name}`,
      steps: withHooks(fleet, 'deploy', facts, [
        ...steps,
        ...judge.steps,
        ...releases.verifySteps(release),
        ...releases.pruneSteps(),
      ]),
      guards: judge.guards,
      locks: serviceLocks(fleet, service, [name], judge.hosts, left),
      fingerprint: createHash('sha256').update(`${fleet.hash}\0${sourceHash}\0${ctx.version}`).digest('hex'),
      facts: {
        ...{ service, placement: name, host, release },
        previous: running.release,
        ...(left.length > 0 && { without: [...left] }),
        fleetHash: fleet.hash,
      },
    };
  },

  async result(_ctx, { run, facts: { service, placement, host, release, previous }, steps }) {
    return {
      run: run.id,
      service,
      placement,
      host,
      release,
      previous,
      cut: cutIn(steps),
      ms: Date.parse(run.endedAt ?? '') - Date.parse(run.createdAt),
    };
  },
};
