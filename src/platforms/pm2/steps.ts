import type { Step } from '../../core/plan.js';
import type { Pm2Placement } from '../../fleet/schema.js';
import type { Listen } from '../../remote/release.js';
import { hostCheckStep } from '../../kit/host-check.js';
import { activateStep } from './activate.js';
import {
  analyseStep,
  analysisLines,
  backgroundFunctions,
  summary,
  type Analysis,
} from '../../runtimes/azure-functions-node/analyse.js';
import { installStep } from './install.js';
import { smokeStep } from './smoke.js';
import type { Source } from '../../kit/source.js';
import { uploadStep } from './upload.js';

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
    analyseStep.step('analyse', `Analyse ${service}`, {
      service,
      sourceHash: source.hash,
      summary: summary(analysis),
      lines: analysisLines(analysis),
    }),
    hostCheckStep.step('prepare', 'Check the host', { host, bytes: source.bytes }, { host }),
    ...options.hooks([
      uploadStep.step(
        'release/upload',
        `Upload release ${release}`,
        { ...at, sourceHash: source.hash, background: backgroundFunctions(analysis), instances },
        { host },
      ),
      installStep.step('release/install', 'Install from the lockfile', { ...at, hasLock: source.hasLock }, { host }),
      smokeStep.step('release/smoke', 'Try the release on a free port', { ...at, placement: options.name }, { host }),
      activateStep.step(
        'release/activate',
        'Run the release under PM2',
        {
          ...at,
          port,
          background: options.background,
          ...(address && { address }),
          ...(also.length > 0 && { also: [...also] }),
          ...(options.idle && { idle: true }),
        },
        { host },
      ),
    ]),
  ];
}
