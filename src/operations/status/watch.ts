import type { OperationContext } from '../../kit/context.js';
import { status, type StatusResult } from './status.js';

export interface WatchOptions {
  /** Milliseconds from the end of one look to the start of the next. */
  intervalMs: number;
  /** Told after each look; `changed`: it differs from the one before. */
  onStatus: (result: StatusResult, changed: boolean) => void;
}

/** Looks again and again until the signal of the context; connections stay open between. */
export async function watchStatus(ctx: OperationContext, { intervalMs, onStatus }: WatchOptions): Promise<void> {
  let last: string | undefined;
  while (!ctx.signal.aborted) {
    const result = await status(ctx);
    // A look that was cut off says nothing of the fleet.
    if (ctx.signal.aborted) return;
    const text = JSON.stringify(result);
    onStatus(result, text !== last);
    last = text;
    await ctx.clock.sleep(intervalMs, ctx.signal).catch((error: unknown) => {
      if (!ctx.signal.aborted) throw error;
    });
  }
}
