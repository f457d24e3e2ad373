import { PreconditionError } from '../../core/errors.js';
import { isDeadHere } from '../../runs/operator.js';
import type { RunRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';

/** Refuses while the process that carries the run out is alive. */
export async function refuseLive(ctx: OperationContext, run: RunRecord): Promise<void> {
  if (run.status !== 'running') return;
  const here = await ctx.state.operator();
  if (run.operator.machine === here.machine && !(await isDeadHere(run.operator, here))) {
    throw new PreconditionError(`Run ${run.id} is going on: process ${run.operator.pid} carries it out.`, {
      code: 'RUNNING',
    });
  }
}
