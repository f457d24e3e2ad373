import type { z } from 'zod';
import type { OperationContext } from '../../kit/context.js';
import { status, type StatusResult } from './status.js';
import type { options } from './watch.schema.js';

export type WatchOptions = z.output<typeof options>;

/**
 * Looks again and again until the signal of the context; connections stay open between. Tells what differs from the
 * look before.
 */
export async function* watchStatus(
  ctx: OperationContext,
  { intervalMs, unchanged = false }: WatchOptions,
): AsyncIterable<StatusResult> {
  let last: string | undefined;
  while (!ctx.signal.aborted) {
    const result = await status(ctx);
    // A look that was cut off says nothing of the fleet.
    if (ctx.signal.aborted) return;
    const text = JSON.stringify(result);
    if (unchanged || text !== last) yield result;
    last = text;
    await ctx.io.clock.sleep(intervalMs, ctx.signal).catch((error: unknown) => {
      if (!ctx.signal.aborted) throw error;
    });
  }
}
