import type { OperationContext } from '../../kit/context.js';
import { readSource } from '../../kit/source.js';
import type { Runtime } from '../contracts/runtime.js';
import { unresolvedSettings } from '../settings.js';
import { imageOf, kindOf } from './image.js';
import { sourceStep } from './source-step.js';

/** A server that gets its settings and its port in its environment. */
export const code: Runtime<OperationContext> = {
  async prepare(ctx, service) {
    const { hash: sourceHash, bytes, hasLock, dir } = await readSource(ctx, service, '');
    const kind = await kindOf(ctx, service, dir);
    return {
      source: { sourceHash, bytes, hasLock, background: [] },
      steps: [sourceStep.step('source', `Look at ${service}`, { service, sourceHash, summary: kind.summary })],
      notes: [],
    };
  },

  image: imageOf,

  unresolved: unresolvedSettings,
};
