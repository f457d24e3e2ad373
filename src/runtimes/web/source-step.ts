import { FanopsError } from '../../core/errors.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { readSource } from '../../kit/source.js';

interface SourceInput {
  service: string;
  sourceHash: string;
  summary: string;
}

/** Says what the source was found to be, and refuses when it changed since the plan was made. */
export const sourceStep = defineStep<OperationContext, SourceInput>('web.source', {
  async check(io) {
    const { hash } = await readSource(io.ctx, io.input.service, '');
    if (hash === io.input.sourceHash) return { state: 'done', detail: io.input.summary };
    return { state: 'change', changes: ['the source changed since the plan was made'] };
  },
  async apply(io) {
    throw new FanopsError(`The source of ${io.input.service} changed since run ${io.runId} was planned.`, {
      code: 'SOURCE_CHANGED',
      hint: 'Start a new run, so that what was looked at is what moves.',
    });
  },
});
