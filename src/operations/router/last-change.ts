import type { OperationContext } from '../../kit/context.js';
import { observedBy } from '../../kit/observed.js';
import type { Route } from '../../kit/route.js';

/**
 * The run whose work a route is. Where the run that wrote it last was undone, that is the run whose route it found, as
 * far as
 * this clone's journal tells: an undone run leaves what was there before it.
 */
export async function lastChangeOf(ctx: OperationContext, host: string, present: Route): Promise<string> {
  const store = await ctx.state.store();
  const seen = new Set<string>();
  for (let run = present.run; ;) {
    const record = seen.has(run) ? undefined : await store.run(run);
    const before =
      record?.status === 'undone' ? observedBy(record.plan.facts, `${host}/route/${present.service}`)?.run : undefined;
    if (typeof before !== 'string') return run;
    seen.add(run);
    run = before;
  }
}
