import type { z } from 'zod';
import { createHash } from 'node:crypto';
import type { LockRequest, Plan, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { serviceLock } from '../../remote/layout.js';
import type { Listen } from '../../remote/release.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { requireOwnService } from '../../kit/own.js';
import { analyse, findingText, requireMovable } from '../../runtimes/azure-functions-node/analyse.js';
import { cutIn } from '../../platforms/pm2/draining.js';
import { newReleaseId } from '../../kit/release-id.js';
import { readSource } from '../../kit/source.js';
import { releaseSteps } from '../../platforms/pm2/steps.js';
import { alsoListens, planMove, requireFreePort } from '../drift/move.js';
import { liveOf, requireAgreement } from '../drift/require.js';
import { mergeRoute } from '../router/wanted-route.js';
import { shiftStep } from '../router/shift.js';
import { requireRoute, type Route } from '../../kit/route.js';
import { withHooks } from '../hooks/hook-step.js';
import { cutoverSteps, guardsOf } from './cutover.js';
import type { MigrateOptions } from './options.js';
import { chooseTarget } from './target.js';
import { probeStep } from '../router/probe-step.js';
import type { result } from './migrate.schema.js';

export type MigrateResult = z.output<typeof result>;

interface MigrateFacts extends PlanFacts {
  service: string;
  from: string;
  to: string;
  /** Absent where nothing is deployed. */
  release?: string;
}

/** Moves a service from the placement that it has to another one, step by step. */
export const migrate: Operation<MigrateOptions, MigrateFacts, MigrateResult> = {
  name: 'migrate',

  async plan(ctx, options) {
    const fleet = await ctx.fleet();
    const { service } = options;
    fleet.service(service);
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
  const target = fleet.placement(service, to);
  const router = fleet.router().host;
  const compared = await requireAgreement(ctx, service, { receiving: [...liveOf(route), from], moved: to });
  const also = liveOf(route).includes(to) ? alsoListens(compared, to) : [];
  if (target.platform === 'pm2')
    await requireFreePort(ctx, compared, to, { host: target.host, idle: !liveOf(route).includes(to) });
  const move = planMove(fleet, compared, to, { ...(target.platform === 'pm2' && { host: target.host }), also });
  // What a watchdog puts back has the addresses of today.
  const next = move.steps.length > 0 ? mergeRoute(compared.desired.route, route) : route;
  const prepared =
    target.platform === 'pm2'
      ? await prepareRelease(
          ctx,
          fleet,
          options,
          from,
          to,
          { address: compared.desired.processes[to]?.listen.address, also },
          liveOf(route).includes(to),
        )
      : {
          steps: [],
          notes: ['Publishing to Azure Functions is not part of this: the app must be there already.'],
          release: undefined,
          sourceHash: '',
        };
  const facts = { service, from, to, release: prepared.release ?? '' };
  const asked = target.platform === 'pm2' ? [] : [answers(service, to, router)];
  const hosts = new Set([
    router,
    ...(target.platform === 'pm2' ? [target.host] : []),
    ...oldHost(fleet, service, from),
  ]);
  const locks: LockRequest[] = [...hosts].map((host) => ({ host, name: serviceLock(service) }));
  return {
    operation: 'migrate',
    subject: service,
    title: `Migrate ${service}: ${from} -> ${to}`,
    steps: withHooks(fleet, 'migrate', facts, [
      ...prepared.steps,
      ...move.steps,
      ...asked,
      ...cutoverSteps(fleet, next, to, options, facts),
    ]),
    guards: [...move.guards, ...guardsOf(fleet, next, to, router)],
    locks,
    fingerprint: createHash('sha256').update(`${fleet.hash}\0${prepared.sourceHash}\0${ctx.version}`).digest('hex'),
    facts: {
      service,
      from,
      to,
      fleetHash: fleet.hash,
      notes: [...prepared.notes, ...oldSideNotes(fleet, service, from)],
      ...(prepared.release ? { release: prepared.release } : {}),
    },
  };
}

function oldHost(fleet: Fleet, service: string, from: string): string[] {
  const placement = fleet.config.services?.[service]?.placements[from];
  return placement?.platform === 'pm2' ? [placement.host] : [];
}

/** A side that fanops does not run itself is asked before anything is compared. */
const answers = (service: string, placement: string, host: string): Step =>
  probeStep.step('answers', `Look whether ${placement} answers`, { service, host, placement }, { host });

async function prepareRelease(
  ctx: OperationContext,
  fleet: Fleet,
  { service, withoutKeys }: MigrateOptions,
  from: string,
  to: string,
  listen: { address?: string; also: Listen[] },
  serving: boolean,
) {
  await requireOwnService(ctx, fleet.pm2Placement(service, to).host, service);
  const source = await readSource(ctx, service);
  const analysis = await analyse(ctx, service);
  await requireMovable(ctx, service, analysis, withoutKeys);
  const release = newReleaseId(new Date(ctx.clock.now()), source.hash);
  const steps = releaseSteps({
    service,
    release,
    name: to,
    source,
    ...listen,
    placement: fleet.pm2Placement(service, to),
    analysis,
    background: false,
    ...(serving ? {} : { idle: true }),
    hooks: (inner) => withHooks(fleet, 'release', { service, from, to, release }, inner),
  });
  const notes = analysis.findings.filter((finding) => finding.severity !== 'info').map(findingText);
  return { steps, notes, release, sourceHash: source.hash };
}

/** Azure runs the old side's timers and queue triggers on: only its owner can switch them off. */
function oldSideNotes(fleet: Fleet, service: string, from: string): string[] {
  const placement = fleet.config.services?.[service]?.placements[from];
  if (placement?.platform !== 'azure-functions') return [];
  return [
    `Timers and queue triggers of ${from} keep running until you switch them off there (app ` +
      'setting AzureWebJobs.NAME.Disabled=true).',
  ];
}
