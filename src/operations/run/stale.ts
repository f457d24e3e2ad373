import { FanopsError, PreconditionError } from '../../core/errors.js';
import type { Observed } from './observed.js';

const CODE = 'CHANGED';

/** Whether an error says that what a plan was made for has changed. */
export const isStale = (error: unknown): error is FanopsError => error instanceof FanopsError && error.code === CODE;

/**
 * Compares what a plan was made for with what is there under its locks: somebody else may have been at work while the plan was looked at, or waited.
 * What could not be read at one of the two times is left to the steps.
 * @throws PreconditionError (code CHANGED) that names what changed, and the run that did it
 */
export function refuseStale(planned: Observed, now: Observed): void {
  const changed = Object.keys(planned).find((key) => Object.hasOwn(now, key) && JSON.stringify(planned[key]) !== JSON.stringify(now[key]));
  if (changed === undefined) return;
  const run = now[changed]?.run;
  const by = typeof run === 'string' && run !== '' ? ` by run ${run}` : '';
  throw new PreconditionError(`${titleOf(changed)} was changed${by} since this was planned; nothing was done.`, {
    code: CODE, hint: 'Start it again: it is planned for what is there now.', nextSteps: ['fanops status'], data: { thing: changed },
  });
}

/** A key of what is observed in words: `HOST/route/SERVICE`, `HOST/record/SERVICE`, `HOST/router`, `machine/PROVIDER/HOST`. */
function titleOf(key: string): string {
  const [first = '', kind = '', name = ''] = key.split('/');
  if (first === 'machine') return `The machine of host ${name}`;
  if (kind === 'router') return `The router on ${first}`;
  return kind === 'route' ? `The route of ${name} on ${first}` : `What runs of ${name} on ${first}`;
}
