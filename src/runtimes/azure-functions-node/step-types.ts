import type { OperationContext } from '../../kit/context.js';
import type { RuntimeStepTypes } from '../contracts/runtime.js';

export const stepTypes: RuntimeStepTypes<OperationContext> = {
  'app.analyse': async () => (await import('./analyse.js')).analyseStep,
};
