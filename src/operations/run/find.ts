import { UserError } from '../../core/errors.js';
import { checkRunId } from '../../core/run-id.js';
import type { RunRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';

/** The run of that id. @throws UserError that names the newest ones, or the state folder that was set aside with it. */
export async function findRun(ctx: OperationContext, id: string): Promise<RunRecord> {
  checkRunId(id);
  const store = await ctx.state.store();
  const run = await store.run(id);
  if (run) return run;
  const { stateWithRun } = await import('./aside.js');
  const aside = await stateWithRun((await ctx.fleet()).dir, id);
  if (aside !== undefined) {
    throw new UserError(`Run ${id} is in ${aside}, a state folder that was set aside: it is not known to be yours.`, {
      code: 'FOREIGN_STATE',
      data: { run: id, state: aside },
      hint: 'If it is yours, take it back. What is in .fanops now is set aside then.',
      nextSteps: [`fanops trust --state ${aside}`],
    });
  }
  const newest = (await store.runs(5)).map((other) => other.id);
  throw new UserError(`There is no run ${id} in this clone.`, {
    hint: newest.length > 0 ? `Newest runs: ${newest.join(', ')}.` : 'No run was made from this clone yet.',
    nextSteps: ['fanops runs list'],
  });
}
