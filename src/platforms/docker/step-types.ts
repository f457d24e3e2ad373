import type { StepTypes } from '../contracts/platform.js';
import type { OperationContext } from '../../kit/context.js';

/** The types of steps of releases on Docker. */
export const stepTypes: StepTypes<OperationContext> = {
  'docker.activate': async () => (await import('./activate.js')).activateStep,
  'docker.build': async () => (await import('./build.js')).buildStep,
  'docker.end-trial': async () => (await import('./trial.js')).endTrialStep,
  'docker.listen': async () => (await import('./listen.js')).listenStep,
  'docker.prune': async () => (await import('./prune.js')).pruneStep,
  'docker.remove': async () => (await import('./upload.js')).removeStep,
  'docker.remove-image': async () => (await import('./build.js')).removeImageStep,
  'docker.start': async () => (await import('./start.js')).startStep,
  'docker.stop': async () => (await import('./activate.js')).stopStep,
  'docker.try': async () => (await import('./trial.js')).tryStep,
  'docker.upload': async () => (await import('./upload.js')).uploadStep,
  'docker.verify': async () => (await import('./verify.js')).verifyStep,
};
