import { GateError } from '../../core/errors.js';
import { formatDuration } from '../../core/duration.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { LogMark } from './engine.js';
import { engineOf } from './program-engine.js';
import { figures, judge, type GateLimits } from './gate.js';
import { requireRoute, weightsText, withWeights, type Route } from '../../kit/route.js';
import { revertStep, setWeights } from './revert.js';
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
export const shiftStep = defineStep<OperationContext, ShiftInput, { detail: string; mark: LogMark }>('router.shift', {
  async check(io, before) {
    const { service, from, to, percent } = io.input;
    const route = await requireRoute(io.ctx, service);
    const weight = route.placements.find((placement) => placement.name === to)?.weight ?? 0;
    if (before && weight >= percent) return { state: 'done', detail: `${to} has ${weight} %` };
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
    return { detail: seen, mark };
  },
  recheck: true,
});

/**
 * @param mark where the router's log ended before the new side got its share: its host tells it, whatever the clock
 * here says
 */
async function hold(io: StepIo<OperationContext, ShiftInput>, mark: LogMark): Promise<string> {
  const { service, host, from, to, percent, holdMs, gate } = io.input;
  const engine = await engineOf(io.ctx);
  const { clock } = io.ctx.io;
  const { gateIntervalMs } = (await io.ctx.fleet()).timing;
  const start = clock.monotonic();
  const baselineSince = new Date(Date.parse(mark.time) - BASELINE_MS).toISOString();
  let told = '';
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
        `${to} at ${percent} % could not be judged within ${formatDuration(held)}: ` + reasonOf(verdict),
        stats,
        TOO_FEW,
      );
    }
    const left = Math.max(0, holdMs - held);
    const waits = left > 0 ? `holding ${formatDuration(left)} more` : `waiting to judge: ${reasonOf(verdict)}`;
    // A gate that waits for requests says so once, not at each look.
    if (`${seen}; ${waits}` !== told) io.progress((told = `${seen}; ${waits}`));
  }
}

const WENT_BACK = 'The traffic went back to the old side. The limits are under `gate` of the service.';

/** What to do where no verdict was reached. */
const TOO_FEW =
  `${WENT_BACK}\nA share is judged by its requests: migrate while users send some, or send some yourself ` +
  '(curl, at the address of the router). Where there are few, lower `gate.minRequests` or raise `gate.timeout`.';

const reasonOf = (verdict: ReturnType<typeof judge>): string => (verdict.state === 'open' ? verdict.reason : '');

function breach(message: string, stats: unknown, hint = WENT_BACK): GateError {
  return new GateError(`${message}.`, { data: { stats }, hint });
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
 * After a rollback there is nothing to roll back, whatever plans of earlier versions say. One that only ended a split
 * leaves the way back
 * that the placement had.
 */
const wayBackOf = ({ placement, previous, undo }: RecordInput): string | undefined =>
  undo === undefined ? previous : undo.placement === placement ? undo.previous : undefined;

/** Writes down where the service is placed now. */
export const recordStep = defineStep<OperationContext, RecordInput, { placement: string }>('route.record', {
  async check(io, before) {
    const { service, placement } = io.input;
    const route = await requireRoute(io.ctx, service);
    const all = route.placements.find((each) => each.name === placement)?.weight === 100;
    if (route.placement === placement && all && before)
      return { state: 'done', detail: `${service} is placed on ${placement}` };
    return { state: 'change', changes: [`placement of ${service}: ${route.placement} -> ${placement}`] };
  },
  async apply(io) {
    const { service, host, placement, undo } = io.input;
    const previous = wayBackOf(io.input);
    const made =
      undo &&
      (await io.willMake(
        revertStep.inverse(`Send all traffic back to ${undo.placement}`, { service, host, route: undo }),
      ));
    await setWeights(io, host, service, { [placement]: 100 }, { placement, previous });
    await made?.();
    return { placement };
  },
  recheck: true,
});
