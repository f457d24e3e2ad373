import { GateError, PreconditionError } from '../../core/errors.js';
import { formatDuration } from '../../core/duration.js';
import type { PutMode } from '../../remote/router-program.js';
import { defineStep, type StepIo } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import type { LogMark } from './engine.js';
import { engineOf } from './engines.js';
import { figures, judge, type GateLimits } from './gate.js';
import { healthOf } from './health.js';
import { lastChangeOf } from './last-change.js';
import { requireRoute, toJson, weightsText, withWeights, writtenUnder, type Route } from './route.js';
import { keepLease, refuseFired } from './watchdog.js';

export interface ShiftInput {
  service: string;
  /** The router host. */
  host: string;
  from: string;
  to: string;
  /** Share of the new side, 1 to 100. */
  percent: number;
  holdMs: number;
  gate: GateLimits;
}

const BASELINE_MS = 600_000;
/** Between looks once the hold is over and only answers are missing. */
const JUDGE_MS = 250;

/** Gives the new side its share, holds it there and watches: it goes on only when the figures pass. */
export const shiftStep = defineStep<OperationContext, ShiftInput>({
  async check(io) {
    const { service, from, to, percent } = io.input;
    const route = await requireRoute(io.ctx, service);
    const weight = route.placements.find((placement) => placement.name === to)?.weight ?? 0;
    if (io.outputs(io.step.id) && weight >= percent) return { state: 'done', detail: `${to} has ${weight} %` };
    const next = withWeights(route, { [from]: 100 - percent, [to]: percent });
    return { state: 'change', changes: [`weights: ${weightsText(route.placements)} -> ${weightsText(next)}`] };
  },
  async apply(io) {
    const { service, host, from, to, percent } = io.input;
    await keepLease(io);
    await refuseFired(io.ctx, host, service);
    const mark = await (await engineOf(io.ctx)).mark(io.ctx, host);
    await setWeights(io, host, service, { [from]: 100 - percent, [to]: percent });
    const seen = await hold(io, mark);
    return { detail: seen, mark: { ...mark } };
  },
  recheck: true,
});

/** Writes the service's route with other weights, under this run's fencing number. */
export async function setWeights(
  io: StepIo<OperationContext, object>,
  host: string,
  service: string,
  weights: Record<string, number>,
  change: Partial<Route> = {},
  mode?: PutMode,
): Promise<void> {
  const fleet = await io.ctx.fleet();
  const route = await requireRoute(io.ctx, service);
  const next: Route = {
    ...route,
    health: healthOf(fleet, service) ?? route.health,
    ...change,
    placements: withWeights(route, weights),
    ...writtenUnder(io, host, service),
    run: io.runId,
    at: new Date(io.ctx.clock.now()).toISOString(),
  };
  await (await engineOf(io.ctx)).putRoute(io, host, next, { mode });
}

/** @param mark where the router's log ended before the new side got its share: its host tells it, whatever the clock here says */
async function hold(io: StepIo<OperationContext, ShiftInput>, mark: LogMark): Promise<string> {
  const { service, host, from, to, percent, holdMs, gate } = io.input;
  const engine = await engineOf(io.ctx);
  const { clock } = io.ctx;
  const { gateIntervalMs } = (await io.ctx.fleet()).timing;
  const start = clock.monotonic();
  const baselineSince = new Date(Date.parse(mark.time) - BASELINE_MS).toISOString();
  for (;;) {
    const toHold = holdMs - (clock.monotonic() - start);
    await clock.sleep(
      toHold > 0 ? Math.max(50, Math.min(gateIntervalMs, toHold)) : Math.min(gateIntervalMs, JUDGE_MS),
      io.signal,
    );
    await refuseFired(io.ctx, host, service);
    const stats = await engine.stats(io.ctx, host, service, { from: mark });
    const before = await engine.stats(io.ctx, host, service, { since: baselineSince });
    const seen = figures(stats, [from, to]);
    const verdict = judge(gate, stats, to, { concurrent: stats.placements[from], baseline: before.placements[from] });
    const held = clock.monotonic() - start;
    if (verdict.state === 'breach') throw breach(`${to} at ${percent} %: ${verdict.reason}`, stats);
    if (held >= holdMs && verdict.state === 'pass') return seen;
    if (held >= holdMs + gate.timeoutMs) {
      throw breach(
        `${to} at ${percent} % could not be judged within ${formatDuration(held)}: ${verdict.state === 'open' ? verdict.reason : ''}`,
        stats,
      );
    }
    const left = Math.max(0, holdMs - held);
    io.progress(
      `${seen}; ${left > 0 ? `holding ${formatDuration(left)} more` : `waiting to judge: ${verdict.state === 'open' ? verdict.reason : ''}`}`,
    );
  }
}

function breach(message: string, stats: unknown): GateError {
  return new GateError(`${message}.`, {
    data: { stats },
    hint: 'The traffic went back to the old side. The limits are under `gate` of the service.',
  });
}

/**
 * The way back: the weights and the placement that the service had before, at once. Users stay with who answers when the side that
 * they are to go back to does not.
 * @throws PreconditionError when another run has changed the traffic since: its weights are not this run's to take away.
 */
export const revertStep = defineStep<OperationContext, { service: string; host: string; route: Route }>({
  async apply(io) {
    const { service, host, route } = io.input;
    const present = await requireRoute(io.ctx, service);
    if (isBack(present, route)) return;
    await refuseForeign(io, present, host);
    await setWeights(
      io,
      host,
      service,
      weightsOf(route),
      { placement: route.placement, previous: route.previous },
      'revert',
    );
  },
  repeatable: true,
  mayUndo: async (io) => {
    const { service, host, route } = io.input;
    const present = await requireRoute(io.ctx, service);
    if (!isBack(present, route)) await refuseForeign(io, present, host);
  },
});

/** Weights by placement. */
export const weightsOf = (route: Route): Record<string, number> =>
  Object.fromEntries(route.placements.map(({ name, weight }) => [name, weight]));

/** Whether traffic and placement are as a route has them. */
export function isBack(present: Route, route: Route): boolean {
  const weights = weightsOf(route);
  return (
    present.placement === route.placement &&
    present.placements.every(({ name, weight }) => weight === (weights[name] ?? 0))
  );
}

/** @throws PreconditionError when another run has changed the traffic since. */
export async function refuseForeign(io: StepIo<OperationContext, object>, present: Route, host: string): Promise<void> {
  if (present.run === io.runId) return;
  const run = await lastChangeOf(io.ctx, host, present);
  if (run === io.runId) return;
  throw new PreconditionError(`The traffic of ${present.service} was changed since, by run ${run}.`, {
    where: host,
    nextSteps: [`fanops migrate status ${present.service}`],
  });
}

interface RecordInput {
  service: string;
  host: string;
  placement: string;
  /** Where a rollback goes from then on. */
  previous?: string;
  /** Of a rollback: the route before it, which undoing the run brings back. */
  undo?: Route;
}

/**
 * After a rollback there is nothing to roll back, whatever plans of earlier versions say. One that only ended a split leaves the way back
 * that the placement had.
 */
const wayBackOf = ({ placement, previous, undo }: RecordInput): string | undefined =>
  undo === undefined ? previous : undo.placement === placement ? undo.previous : undefined;

/** Writes down where the service is placed now. */
export const recordStep = defineStep<OperationContext, RecordInput>({
  async check(io) {
    const { service, placement } = io.input;
    const route = await requireRoute(io.ctx, service);
    const all = route.placements.find((each) => each.name === placement)?.weight === 100;
    if (route.placement === placement && all && io.outputs(io.step.id))
      return { state: 'done', detail: `${service} is placed on ${placement}` };
    return { state: 'change', changes: [`placement of ${service}: ${route.placement} -> ${placement}`] };
  },
  async apply(io) {
    const { service, host, placement, undo } = io.input;
    const previous = wayBackOf(io.input);
    const made =
      undo &&
      (await io.willMake({
        kind: 'route.revert',
        title: `Send all traffic back to ${undo.placement}`,
        input: { service, host, route: toJson(undo) },
      }));
    await setWeights(io, host, service, { [placement]: 100 }, { placement, previous });
    await made?.();
    return { placement };
  },
  recheck: true,
});
