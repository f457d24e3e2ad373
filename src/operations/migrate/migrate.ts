import type { z } from 'zod';
import { createHash } from 'node:crypto';
import type { Plan, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { ownValue } from '../../fleet/own-value.js';
import { findPlatformCapability } from '../../kit/platform.js';
import { serviceLocks } from '../../kit/service-locks.js';
import type { AlsoListen, Releases } from '../../platforms/contracts/platform.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { runtimeOf } from '../../kit/runtime.js';
import { cutIn } from '../../kit/cut.js';
import { newReleaseId } from '../../kit/release-id.js';
import { alsoListens, planMove, requireFreePort } from '../drift/move.js';
import { liveOf, requireAgreement } from '../drift/require.js';
import { mergeRoute } from '../router/wanted-route.js';
import { shiftStep } from '../router/shift.js';
import { requireRoute, type Route } from '../../kit/route.js';
import { withHooks } from '../hooks/hook-step.js';
import { cutoverSteps, guardsOf } from './cutover.js';
import type { MigrateOptions } from './options.js';
import { chooseTarget } from './target.js';
import { requireHostsOf } from '../../kit/without.js';
import { probeStep } from '../router/probe-step.js';
import { placedService, takeOver } from './unrouted.js';
import type { result } from './migrate.schema.js';

export type MigrateResult = z.output<typeof result>;

interface MigrateFacts extends PlanFacts {
  service: string;
  from: string;
  to: string;
  /** Absent where nothing is deployed. */
  release?: string;
  /** Hosts of the new side that it left out. */
  without?: string[];
}

/** Moves a service from the placement that it has to another one, step by step. */
export const migrate: Operation<MigrateOptions, MigrateFacts, MigrateResult> = {
  name: 'migrate',

  async plan(ctx, options) {
    const fleet = await ctx.fleet();
    const { service } = options;
    if (!fleet.service(service).route) return planUnrouted(ctx, fleet, options);
    const route = await requireRoute(ctx, service);
    const to = chooseTarget(fleet, service, route.placement, options.to);
    if (to !== route.placement) return planMigration(ctx, fleet, route, to, options);
    await requireAgreement(ctx, service, { receiving: liveOf(route) });
    return emptyPlan(fleet, service, to);
  },

  async result(_ctx, { run, facts: { service, from, to, release, notes = [] }, steps }) {
    return {
      run: run.id,
      service,
      from,
      to,
      changed: steps.length > 0,
      release,
      cutover: shiftStep
        .of(steps)
        .map(({ step, outputs }) => ({ percent: step.input.percent, seen: outputs?.detail ?? '' })),
      cut: cutIn(steps),
      notes,
      ms: Date.parse(run.endedAt ?? run.createdAt) - Date.parse(run.createdAt),
    };
  },
};

function emptyPlan(fleet: Fleet, service: string, placement: string): Plan<MigrateFacts> {
  return {
    operation: 'migrate',
    subject: service,
    title: `${service} is on ${placement} already`,
    steps: [],
    guards: [],
    locks: [],
    fingerprint: fleet.hash,
    facts: { service, from: placement, to: placement, fleetHash: fleet.hash },
  };
}

async function planMigration(
  ctx: OperationContext,
  fleet: Fleet,
  route: Route,
  to: string,
  options: MigrateOptions,
): Promise<Plan<MigrateFacts>> {
  const { service } = options;
  const from = route.placement;
  const router = fleet.router().host;
  const without = requireHostsOf(fleet, service, to, options.without);
  const compared = await requireAgreement(ctx, service, { receiving: [...liveOf(route), from], moved: to, without });
  const isLive = liveOf(route).includes(to);
  const also = isLive ? alsoListens(compared, to) : {};
  const releases = await findPlatformCapability(ctx, service, to, 'releases', without);
  if (releases) await requireFreePort(ctx, compared, to, { idle: !isLive });
  const move = planMove(fleet, compared, to, { releases, also });
  // What a watchdog puts back has the addresses of today.
  const next = move.steps.length > 0 ? mergeRoute(compared.desired.route, route) : route;
  const prepared = await prepare(ctx, fleet, options, { from, to, releases, also, isLive });
  const facts = { service, from, to, release: prepared.release ?? '' };
  const asked = releases ? [] : [answers(service, to, router)];
  const prune = releases?.pruneSteps() ?? [];
  return {
    operation: 'migrate',
    subject: service,
    title: `Migrate ${service}: ${from} -> ${to}`,
    steps: withHooks(fleet, 'migrate', facts, [
      ...prepared.steps,
      ...move.steps,
      ...asked,
      ...cutoverSteps(fleet, next, to, options, { facts, prune }),
    ]),
    guards: [...move.guards, ...guardsOf(fleet, next, to, { host: router, without })],
    locks: serviceLocks(fleet, service, [to, from], [router], without),
    fingerprint: createHash('sha256').update(`${fleet.hash}\0${prepared.sourceHash}\0${ctx.version}`).digest('hex'),
    facts: factsOf(fleet, { service, from, to, without }, prepared),
  };
}

/** The same for a service that no route leads to: its background work moves, and nobody is sent anywhere. */
async function planUnrouted(ctx: OperationContext, fleet: Fleet, options: MigrateOptions): Promise<Plan<MigrateFacts>> {
  const { service } = options;
  const { placement: from, answering } = await placedService(ctx, fleet, service);
  const to = chooseTarget(fleet, service, from, options.to);
  if (to === from) return emptyPlan(fleet, service, to);
  const without = requireHostsOf(fleet, service, to, options.without);
  const releases = await findPlatformCapability(ctx, service, to, 'releases', without);
  const prepared = await prepare(ctx, fleet, options, { from, to, releases, also: {}, isLive: false });
  const { steps, guards } = await takeOver(ctx, fleet, service, { from, to, without, answering });
  return {
    operation: 'migrate',
    subject: service,
    title: `Migrate ${service}: ${from} -> ${to}`,
    steps: withHooks(fleet, 'migrate', { service, from, to, release: prepared.release ?? '' }, [
      ...prepared.steps,
      ...steps,
      ...(releases?.pruneSteps() ?? []),
    ]),
    guards,
    locks: serviceLocks(fleet, service, [to, from], [], without),
    fingerprint: createHash('sha256').update(`${fleet.hash}\0${prepared.sourceHash}\0${ctx.version}`).digest('hex'),
    facts: factsOf(fleet, { service, from, to, without }, prepared),
  };
}

/** A side that fanops does not run itself is asked before anything is compared. */
const answers = (service: string, placement: string, host: string): Step =>
  probeStep.step('answers', `Look whether ${placement} answers`, { service, host, placement }, { host });

interface Prepare {
  from: string;
  to: string;
  /** Absent where nothing is deployed. */
  releases?: Releases;
  also: AlsoListen;
  /** Whether users are sent to the placement already. */
  isLive: boolean;
}

/** What brings a release to the new side, where its platform has releases. */
interface Prepared {
  steps: Step[];
  notes: string[];
  release?: string;
  sourceHash: string;
}

async function prepare(
  ctx: OperationContext,
  fleet: Fleet,
  { service, withoutKeys }: MigrateOptions,
  { from, to, releases, also, isLive }: Prepare,
): Promise<Prepared> {
  if (!releases) {
    const notes = fleet.platform(service, to).arriving?.(fleet.placement(service, to)) ?? [];
    return { steps: [], notes, sourceHash: '' };
  }
  await releases.requireOwn();
  const prepared = await (await runtimeOf(ctx, service)).prepare(ctx, service, { withoutKeys });
  const { sourceHash } = prepared.source;
  const release = newReleaseId(new Date(ctx.io.clock.now()), sourceHash);
  const steps = [
    ...prepared.steps,
    ...(await releases.deploySteps({
      release,
      source: prepared.source,
      background: false,
      also,
      ...(isLive ? {} : { idle: true }),
      hooks: (inner) => withHooks(fleet, 'release', { service, from, to, release }, inner),
    })),
  ];
  return { steps, notes: prepared.notes, release, sourceHash };
}

const factsOf = (
  fleet: Fleet,
  { service, from, to, without }: { service: string; from: string; to: string; without: readonly string[] },
  { release, notes }: Prepared,
): MigrateFacts => ({
  ...{ service, from, to },
  fleetHash: fleet.hash,
  notes: [...notes, ...oldSideNotes(fleet, service, from)],
  ...(release !== undefined && { release }),
  ...(without.length > 0 && { without: [...without] }),
});

/** What goes on at the old side, which only those who run it can switch off. */
function oldSideNotes(fleet: Fleet, service: string, from: string): string[] {
  const placement = ownValue(fleet.service(service).placements, from);
  return placement ? (fleet.platform(service, from).leaving?.(placement, from) ?? []) : [];
}
