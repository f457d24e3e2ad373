import { FanopsError, PreconditionError } from '../../core/errors.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { Plan } from '../../core/plan.js';
import type { Observed } from '../../kit/observed.js';

const CODE = 'CHANGED';

/** Whether an error says that what a plan was made for has changed. */
export const isStale = (error: unknown): error is FanopsError => error instanceof FanopsError && error.code === CODE;

/**
 * Compares what a plan was made for with what is there under its locks: somebody else may have been at work while the
 * plan was looked at, or waited.
 * What could not be read at one of the two times is left to the steps.
 * @throws PreconditionError (code CHANGED) that names what changed, and the run that did it
 */
export function refuseStale(planned: Observed, now: Observed): void {
  const changed = Object.keys(planned).find(
    (key) => Object.hasOwn(now, key) && JSON.stringify(planned[key]) !== JSON.stringify(now[key]),
  );
  if (changed === undefined) return;
  const run = now[changed]?.run;
  const by = typeof run === 'string' && run !== '' ? ` by run ${run}` : '';
  throw new PreconditionError(`${titleOf(changed)} was changed${by} since this was planned; nothing was done.`, {
    code: CODE,
    hint: 'Start it again: it is planned for what is there now.',
    nextSteps: ['fanops status'],
    data: { thing: changed },
  });
}

/**
 * A key of what is observed in words: `HOST/route/SERVICE`, `HOST/record/SERVICE`, `HOST/placement/SERVICE`,
 * `HOST/router`, `machine/PROVIDER/HOST`.
 */
function titleOf(key: string): string {
  const [first = '', kind = '', name = ''] = key.split('/');
  if (first === 'machine') return `The machine of host ${name}`;
  if (kind === 'router') return `The router on ${first}`;
  if (kind === 'placement') return `The placement record of ${name} on ${first}`;
  return kind === 'route' ? `The route of ${name} on ${first}` : `What runs of ${name} on ${first}`;
}

/** Where a service is placed, its way back, and who has traffic. */
function trafficOf({ placement, previous, placements }: JsonObject): string {
  const weights = (placements as { name: string; weight: number }[])
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight }): Json[] => [name, weight]);
  return JSON.stringify([placement ?? null, previous ?? null, weights.sort()]);
}

/**
 * Whether a plan was made of something else than what is there: somebody was at work while it was made, which takes as
 * long as an app's build.
 */
export function isOutdated({ facts, steps }: Plan, observed: Observed): boolean {
  const seen = (facts.route ?? steps.find(({ kind }) => kind === 'watchdog.arm')?.input.route) as
    JsonObject | undefined;
  const route = Object.entries(observed).find(([key]) => key.endsWith(`/route/${String(facts.service)}`))?.[1];
  if (seen && route && trafficOf(seen) !== trafficOf(route)) return true;
  const record = observed[`${String(facts.host)}/record/${String(facts.service)}`];
  return typeof facts.previous === 'string' && record !== undefined && record?.release !== facts.previous;
}

export const outdated = (title: string): PreconditionError =>
  new PreconditionError(`What is there changed again and again while this was planned: ${title}.`, {
    code: CODE,
    hint: 'Somebody else is at work: wait for them, then start again.',
    nextSteps: ['fanops lock show'],
  });
