import type { OperationContext } from '../../kit/context.js';
import type { RuntimeStepTypes } from '../contracts/runtime.js';

/** The types of steps of web servers. */
export const stepTypes: RuntimeStepTypes<OperationContext> = {
  'web.source': async () => (await import('./source-step.js')).sourceStep,
};
