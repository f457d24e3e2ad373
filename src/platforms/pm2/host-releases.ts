import type { Action, Step } from '../../core/plan.js';
import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { requireOwnService } from './own.js';
import type {
  DeployOptions,
  DesiredProcess,
  ObservedHealth,
  ObservedProcess,
  RerunOptions,
} from '../contracts/platform.js';
import { activateStep, putBack, specOf, stopStep } from './activate.js';
import { portOn } from '../placement.js';
import { ReleaseSteps, type HostStepTypes, type Lane } from '../hosts/release-steps.js';
import type { AtHost, HostReleases } from '../hosts/releases.js';
import type { Pm2Placement } from './config.js';
import { installStep } from './install.js';
import { listenStep } from './listen.js';
import { observeProcess } from './observe-process.js';
import { askHealthOf } from './observe.js';
import { pruneStep } from './prune.js';
import { smokeStep } from './smoke.js';
import { listenOf } from './start-arguments.js';
import { startStep } from './start.js';
import { uploadStep } from './upload.js';
import { verifyStep } from './verify.js';

const TYPES: HostStepTypes = {
  start: startStep,
  stop: stopStep,
  listen: listenStep,
  verify: verifyStep,
  prune: pruneStep,
};

/** Releases of a service on one host. */
export class Pm2Releases extends ReleaseSteps<Pm2Placement> implements HostReleases {
  constructor(ctx: OperationContext, at: AtHost<Pm2Placement>) {
    super(ctx, at, TYPES, 'route, record and process');
  }

  requireOwn = (): Promise<void> => requireOwnService(this.ctx, this.host, this.at.service);

  async desired(): Promise<DesiredProcess> {
    const { service, config } = this.at;
    return {
      host: this.host,
      listen: { address: await bindAddress(this.ctx, this.host), port: portOn(config, this.host) },
      instances: config.instances ?? 1,
      keys: (await this.ctx.fleet()).service(service).keys !== undefined,
    };
  }

  observe = (): Promise<ObservedProcess | undefined> => observeProcess(this.ctx, this.host, this.at.service);

  async health(): Promise<ObservedHealth | undefined> {
    const { service } = this.at;
    const found = await this.record();
    if (!found) return undefined;
    const listen = await listenOf(this.ctx, this.host, found);
    return { host: this.host, ...(await askHealthOf(this.ctx, { host: this.host, service }, listen)) };
  }

  /** `downOn` of the host tells it, of the router as well. */
  readiness = (): Promise<undefined> => Promise.resolve(undefined);

  /** What brings back what runs now; where nothing does, what ends a release that was started. */
  async putBack(release: string): Promise<Action> {
    const found = await this.record();
    if (found) return putBack(await specOf(this.ctx, this.host, found), found);
    const { service } = this.at;
    return stopStep.inverse(`Stop ${service} on ${this.host}`, { ...this.target, release });
  }

  /** Brings a release to the host and tries it, beside the one that serves. */
  bring({ release, source }: DeployOptions, lane: Lane): Step[] {
    const { config, placement } = this.at;
    const at = { ...this.target, release };
    const more = { ...this.more, ...lane };
    const { sourceHash, background, hasLock } = source;
    const instances = config.instances ?? 1;
    return [
      uploadStep.step(
        this.id('release/upload'),
        this.title(`Upload release ${release}`),
        { ...at, sourceHash, background, instances },
        more,
      ),
      installStep.step(this.id('release/install'), this.title('Install from the lockfile'), { ...at, hasLock }, more),
      smokeStep.step(
        this.id('release/smoke'),
        this.title('Try the release on a free port'),
        { ...at, placement },
        more,
      ),
    ];
  }

  /** Swaps in a release that was brought to the host. @param address where it is to listen */
  activate({ release, background, also = {}, idle }: DeployOptions, address: string): Step {
    const further = also[this.host] ?? [];
    return activateStep.step(
      this.activateId,
      this.title('Run the release under PM2'),
      {
        ...this.target,
        release,
        port: portOn(this.at.config, this.host),
        background: background && this.at.ownsBackground,
        address,
        ...(further.length > 0 && { also: [...further] }),
        ...(idle && { idle: true }),
      },
      this.more,
    );
  }

  /** Tries a release that is kept. */
  retry = (release: string, lane: Lane): Step[] => [
    smokeStep.step(
      this.id('release/smoke'),
      this.title('Try the release on a free port'),
      { ...this.target, release, placement: this.at.placement },
      { ...this.more, ...lane },
    ),
  ];

  reactivate = ({ release, port, background }: RerunOptions): Step =>
    activateStep.step(
      this.activateId,
      this.title('Run the release under PM2'),
      {
        ...this.target,
        release,
        port: port(this.host),
        instances: this.at.config.instances ?? 1,
        background: background && this.at.ownsBackground,
      },
      this.more,
    );
}
