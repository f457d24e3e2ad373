import type { Action, Step } from '../../core/plan.js';
import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import type {
  DeployOptions,
  DesiredProcess,
  ObservedHealth,
  ObservedProcess,
  ObservedReadiness,
  RerunOptions,
} from '../contracts/platform.js';
import { portOn } from '../placement.js';
import { ReleaseSteps, type HostStepTypes, type Lane } from '../hosts/release-steps.js';
import type { AtHost, HostReleases } from '../hosts/releases.js';
import { activateStep, putBack, stopStep } from './activate.js';
import { buildStep } from './build.js';
import type { DockerPlacement } from './config.js';
import { listenStep } from './listen.js';
import { observeHealth, observeProcess } from './observe.js';
import { requireOwn } from './own.js';
import { pruneStep } from './prune.js';
import { observeReadiness } from './readiness.js';
import { startStep } from './start.js';
import { tryStep } from './trial.js';
import { uploadStep } from './upload.js';
import { verifyStep } from './verify.js';

const TYPES: HostStepTypes = {
  start: startStep,
  stop: stopStep,
  listen: listenStep,
  verify: verifyStep,
  prune: pruneStep,
};

/** Releases of a service on one host, each an image of which one runs in a container. */
export class DockerReleases extends ReleaseSteps<DockerPlacement> implements HostReleases {
  constructor(ctx: OperationContext, at: AtHost<DockerPlacement>) {
    super(ctx, at, TYPES, 'route, record and container');
  }

  requireOwn = (): Promise<void> => requireOwn(this.ctx, this.target, [portOn(this.at.config, this.host)]);

  async desired(): Promise<DesiredProcess> {
    const { service, config } = this.at;
    return {
      host: this.host,
      listen: { address: await bindAddress(this.ctx, this.host), port: portOn(config, this.host) },
      instances: 1,
      keys: (await this.ctx.fleet()).service(service).keys !== undefined,
    };
  }

  observe = (): Promise<ObservedProcess | undefined> => observeProcess(this.ctx, this.target);

  health = (): Promise<ObservedHealth | undefined> => observeHealth(this.ctx, this.target);

  readiness = (): Promise<ObservedReadiness | undefined> => observeReadiness(this.ctx, this.target);

  async putBack(release: string): Promise<Action> {
    const found = await this.record();
    if (found) return putBack(this.host, found);
    return stopStep.inverse(`Stop ${this.at.service} on ${this.host}`, { ...this.target, release });
  }

  bring({ release, source }: DeployOptions, lane: Lane): Step[] {
    const { placement } = this.at;
    const { sourceHash, background } = source;
    return [
      uploadStep.step(
        this.id('release/upload'),
        this.title(`Upload release ${release}`),
        { ...this.target, release, placement, sourceHash, background },
        { ...this.more, ...lane },
      ),
      ...this.retry(release, lane),
    ];
  }

  retry(release: string, lane: Lane): Step[] {
    const more = { ...this.more, ...lane };
    const at = { ...this.target, release };
    return [
      buildStep.step(this.id('release/build'), this.title('Build the image'), at, more),
      tryStep.step(
        this.id('release/try'),
        this.title('Try the release in a container'),
        { ...at, placement: this.at.placement },
        more,
      ),
    ];
  }

  activate({ release, background, also = {}, idle }: DeployOptions, address: string): Step {
    const further = also[this.host] ?? [];
    return this.#activate({
      release,
      port: portOn(this.at.config, this.host),
      background: background && this.at.ownsBackground,
      address,
      ...(further.length > 0 && { also: [...further] }),
      ...(idle && { idle: true }),
    });
  }

  reactivate = ({ release, port, background }: RerunOptions): Step =>
    this.#activate({ release, port: port(this.host), background: background && this.at.ownsBackground });

  #activate(spec: Omit<Parameters<typeof activateStep.step>[2], 'service' | 'host'>): Step {
    const title = this.title('Run the release in a container');
    return activateStep.step(this.activateId, title, { ...this.target, ...spec }, this.more);
  }
}
