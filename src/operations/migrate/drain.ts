import { defineStep } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';

/** Lets the side that gets no new requests finish what it answers, before it is stopped. */
export const drainStep = defineStep<OperationContext, { placement: string; ms: number }>({
  async apply(io) {
    io.progress(`${io.input.placement} gets no new requests; letting it finish for ${io.input.ms / 1000} s`);
    await io.ctx.clock.sleep(io.input.ms, io.signal);
  },
  repeatable: true,
});
