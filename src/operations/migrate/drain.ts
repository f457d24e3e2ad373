import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';

/**
 * What the router sent before it knew of the change has arrived by then. What is under way is waited for when the side
 * is stopped.
 */
const SETTLE_MS = 2_000;

/** Lets the last requests reach the side that gets no new ones, before it is stopped. */
export const drainStep = defineStep<OperationContext, { placement: string; ms: number }>('drain', {
  async apply(io) {
    io.progress(`${io.input.placement} gets no new requests; letting the last ones arrive`);
    await io.ctx.io.clock.sleep(Math.min(io.input.ms, SETTLE_MS), io.signal);
  },
  repeatable: true,
});
