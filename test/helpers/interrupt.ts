import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveCli } from './cli.js';

/** True for `npm run soak`: every step and several moments of each, in place of a sample. */
export const SOAK = process.env.FANOPS_SOAK === '1';

/** The same cases at each `npm test`; others at each soak, unless FANOPS_SEED names one to repeat. */
export const SEED = Number(process.env.FANOPS_SEED ?? (SOAK ? Date.now() % 1_000_000 : 7));

/** Numbers from 0 to below 1 that depend on nothing but the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many moments of each step a soak tries; all four kinds come up in turn. */
export const MOMENTS_A_STEP = Number(process.env.FANOPS_SOAK_MOMENTS ?? 3);

/** When within a step: at its start, at the first thing it says, after some milliseconds, or as soon as it is told to be done. */
export type Moment = 'start' | 'progress' | 'end' | number;

export interface KillPoint {
  step: string;
  moment: Moment;
}

const MOMENTS: readonly ((random: () => number) => Moment)[] = [
  () => 'start',
  () => 'progress',
  (random) => Math.round(random() * 1500),
  () => 'end',
];

/** Kill points: with SOAK each step at `perStep` moments, else `count` steps of which one is of `must`, at one moment each. */
export function killPoints(
  steps: readonly string[],
  options: { count: number; must?: readonly string[]; perStep: number; seed: number },
): KillPoint[] {
  const random = seeded(options.seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  if (SOAK) {
    return steps.flatMap((step) => {
      const first = Math.floor(random() * MOMENTS.length);
      return Array.from({ length: options.perStep }, (_, turn) => ({
        step,
        moment: MOMENTS[(first + turn) % MOMENTS.length]!(random),
      }));
    });
  }
  const chosen = new Set(options.must ? [pick(options.must)] : []);
  while (chosen.size < Math.min(options.count, steps.length)) chosen.add(pick(steps));
  return steps.filter((step) => chosen.has(step)).map((step) => ({ step, moment: pick(MOMENTS)(random) }));
}

/** Resolves with the id of the run once it has reached that point. @throws when the run ends before. */
export async function reach(run: LiveCli, { step, moment }: KillPoint): Promise<string> {
  const begun = await run.event((event) => event.type === 'run.started');
  const done = (): Promise<unknown> => run.event((event) => event.type === 'step.done' && event.id === step);
  if (moment === 'end') await done();
  else await run.event((event) => event.type === 'step.started' && event.id === step);
  if (moment === 'progress')
    await run.event((event) => (event.type === 'step.progress' || event.type === 'step.done') && event.id === step);
  if (typeof moment === 'number') await Promise.race([delay(moment), done()]);
  return begun.type === 'run.started' ? begun.runId : '';
}

/** Ends the process of a run at that point, so that it can do nothing more. */
export async function killAt(run: LiveCli, point: KillPoint): Promise<{ runId: string; at: number }> {
  const runId = await reach(run, point);
  run.child.kill('SIGKILL');
  const at = Date.now();
  const { signal, code } = await run.ended;
  if (signal !== 'SIGKILL' && code !== 0)
    throw new Error(`The run ended by itself with ${code} before ${point.step} could be interrupted.`);
  return { runId, at };
}

/** Counts a case for the sums at the end of a soak. */
export function tally(kind: string, ok: boolean, detail: string): void {
  const report = process.env.FANOPS_SOAK_REPORT;
  if (report) appendFileSync(report, `${JSON.stringify({ kind, ok, detail })}\n`);
}

/** Runs a case and counts it, also when it fails. */
export async function counted(kind: string, detail: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    tally(kind, true, detail);
  } catch (error) {
    tally(kind, false, `${detail}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    throw error;
  }
}
