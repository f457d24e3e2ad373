import type { Step } from '../../core/plan.js';
import type { Pm2Placement } from '../../fleet/schema.js';
import type { Listen } from '../../remote/release.js';
import type { Handlers } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { hostCheckStep } from '../host-check.js';
import { activateStep, stopStep } from './activate.js';
import { analyseStep, analysisLines, backgroundFunctions, summary, type Analysis } from './analyse.js';
import { installStep } from './install.js';
import { listenStep } from './listen.js';
import { pruneStep } from './prune.js';
import { startStep } from './start.js';
import { smokeStep } from './smoke.js';
import type { Source } from './source.js';
import { untryStep } from './trial.js';
import { removeReleaseStep, uploadStep } from './upload.js';

/** Handlers of the steps that bring a release to a host and run it; shared by migrate and deploy. */
export const releaseHandlers: Handlers<OperationContext> = {
  'app.analyse': analyseStep,
  'host.check': hostCheckStep,
  'release.upload': uploadStep,
  'release.remove': removeReleaseStep,
  'release.install': installStep,
  'release.smoke': smokeStep,
  'release.activate': activateStep,
  'release.untry': untryStep,
  'release.listen': listenStep,
  'release.start': startStep,
  'release.stop': stopStep,
  'release.prune': pruneStep,
};

export interface ReleaseOptions {
  service: string;
  release: string;
  /** Name of the placement, and what the fleet file says of it. */
  name: string;
  placement: Pm2Placement;
  source: Source;
  analysis: Analysis;
  /** Whether they run in this release from its start. */
  background: boolean;
  /** Where it listens as well as on the port of its placement. */
  also?: Listen[];
  address?: string;
  /** True when no user is sent to this placement yet. */
  idle?: boolean;
  /** Puts the hooks of the phase around the steps that change the host. */
  hooks: (steps: Step[]) => Step[];
}

/** The steps from the source to a release that runs and answers. */
export function releaseSteps(options: ReleaseOptions): Step[] {
  const { service, release, placement, source, analysis, address, also = [] } = options;
  const { host, port, instances = 1 } = placement;
  const at = { service, host, release };
  return [
    {
      id: 'analyse',
      kind: 'app.analyse',
      title: `Analyse ${service}`,
      input: { service, sourceHash: source.hash, summary: summary(analysis), lines: analysisLines(analysis) },
    },
    { id: 'prepare', kind: 'host.check', title: 'Check the host', host, input: { host, bytes: source.bytes } },
    ...options.hooks([
      {
        id: 'release/upload',
        kind: 'release.upload',
        title: `Upload release ${release}`,
        host,
        input: { ...at, sourceHash: source.hash, background: backgroundFunctions(analysis), instances },
      },
      {
        id: 'release/install',
        kind: 'release.install',
        title: 'Install from the lockfile',
        host,
        input: { ...at, hasLock: source.hasLock },
      },
      {
        id: 'release/smoke',
        kind: 'release.smoke',
        title: 'Try the release on a free port',
        host,
        input: { ...at, placement: options.name },
      },
      {
        id: 'release/activate',
        kind: 'release.activate',
        title: 'Run the release under PM2',
        host,
        input: {
          ...at,
          port,
          background: options.background,
          ...(address && { address }),
          ...(also.length > 0 && { also: [...also] }),
          ...(options.idle && { idle: true }),
        },
      },
    ]),
  ];
}
