import type { StepTypes } from '../contracts/platform.js';
import type { OperationContext } from '../../kit/context.js';

/** The types of steps of releases under PM2. */
export const stepTypes: StepTypes<OperationContext> = {
  'release.activate': async () => (await import('./activate.js')).activateStep,
  'release.end-trial': async () => (await import('./trial.js')).endTrialStep,
  'release.install': async () => (await import('./install.js')).installStep,
  'release.listen': async () => (await import('./listen.js')).listenStep,
  'release.prune': async () => (await import('./prune.js')).pruneStep,
  'release.remove': async () => (await import('./upload.js')).removeReleaseStep,
  'release.smoke': async () => (await import('./smoke.js')).smokeStep,
  'release.start': async () => (await import('./start.js')).startStep,
  'release.stop': async () => (await import('./activate.js')).stopStep,
  'release.upload': async () => (await import('./upload.js')).uploadStep,
  'service.verify': async () => (await import('./verify.js')).verifyStep,
  // As plans of earlier versions name it.
  'release.untry': async () => (await import('./trial.js')).endTrialStep,
};
