import { FanopsError, messageOf } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { standingStep } from '../host/standing.js';
import { hostProvision } from '../host/provision.js';
import { appCacheDir, pruneCopies } from '../../kit/app-cache.js';
import { routerApply } from '../router/apply.js';
import { startRun } from '../run/start.js';
import type { Check, Mend } from './check.js';
import { mendState } from './state.js';

/** What was done about one thing. */
export interface Mended {
  title: string;
  /** Run that did it, when it was one. */
  run?: string;
  /** Why it could not be done. */
  problem?: string;
}

const ORDER: Record<Mend['kind'], number> = { state: 0, cache: 1, host: 2, standing: 2, router: 3 };

/** What can be mended, in the order in which it must be: a router needs its host. */
export const mendsOf = (checks: readonly Check[]): Mend[] =>
  checks.flatMap(({ mend }) => (mend ? [mend] : [])).sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);

/** Mends one thing by the operation that a user would call. What fails is told and does not keep the others back. */
export async function mend(ctx: OperationContext, what: Mend): Promise<Mended> {
  const { title } = what;
  try {
    return { title, run: await carryOut(ctx, what) };
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    return { title, problem: messageOf(error) };
  }
}

async function carryOut(ctx: OperationContext, what: Mend): Promise<string | undefined> {
  if (what.kind === 'state') {
    await mendState(ctx);
    return undefined;
  }
  if (what.kind === 'cache') {
    await pruneCopies(appCacheDir(await ctx.state.dir()));
    return undefined;
  }
  if (what.kind === 'standing') {
    const plan = await hostProvision.plan(ctx, { host: what.host });
    const steps = plan.steps.filter(({ kind }) => kind === standingStep.kind);
    return (await startRun(ctx, hostProvision, { ...plan, title: what.title, steps })).run;
  }
  if (what.kind === 'host')
    return (await startRun(ctx, hostProvision, await hostProvision.plan(ctx, { host: what.host }))).run;
  return (await startRun(ctx, routerApply, await routerApply.plan(ctx, {}))).run;
}
