import type { Action, Step } from '../../core/plan.js';
import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { hostCheckStep } from '../../kit/host-check.js';
import { keptReleases } from '../../kit/release-folder.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type {
  DeployOptions,
  DesiredProcess,
  ObservedHealth,
  ObservedProcess,
  RerunOptions,
} from '../contracts/platform.js';
import { portOn } from '../placement.js';
import type { AtHost, HostReleases } from '../hosts/releases.js';
import { activateStep, putBack, stopStep } from './activate.js';
import { buildStep } from './build.js';
import type { DockerPlacement } from './config.js';
import { listenStep } from './listen.js';
import type { ServiceAt } from './names.js';
import { observeHealth, observeProcess } from './observe.js';
import { requireOwn } from './own.js';
import { pruneStep } from './prune.js';
import { startStep } from './start.js';
import { tryStep } from './trial.js';
import { uploadStep } from './upload.js';
import { verifyStep } from './verify.js';

type Lane = Pick<Step, 'parallel'>;

/** Releases of a service on one host, each an image of which one runs in a container. */
export class DockerReleases implements HostReleases {
  readonly host: string;
  readonly #ctx: OperationContext;
  readonly #at: AtHost<DockerPlacement>;

  constructor(ctx: OperationContext, at: AtHost<DockerPlacement>) {
    this.#ctx = ctx;
    this.#at = at;
    this.host = at.host;
  }

  record = () => readServiceRecord(this.#ctx, this.host, this.#at.service);

  requireOwn = (): Promise<void> => requireOwn(this.#ctx, this.#target, [portOn(this.#at.config, this.host)]);

  list = (): Promise<string[]> => keptReleases(this.#ctx, this.host, this.#at.service);

  async desired(): Promise<DesiredProcess> {
    const { service, config } = this.#at;
    return {
      host: this.host,
      listen: { address: await bindAddress(this.#ctx, this.host), port: portOn(config, this.host) },
      instances: 1,
      keys: (await this.#ctx.fleet()).service(service).keys !== undefined,
    };
  }

  observe = (): Promise<ObservedProcess | undefined> => observeProcess(this.#ctx, this.#target);

  health = (): Promise<ObservedHealth | undefined> => observeHealth(this.#ctx, this.#target);

  async putBack(release: string): Promise<Action> {
    const found = await this.record();
    if (found) return putBack(this.host, found);
    return stopStep.inverse(`Stop ${this.#at.service} on ${this.host}`, { ...this.#target, release });
  }

  check = (bytes: number): Step =>
    hostCheckStep.step(this.#id('prepare'), this.#title('Check the host'), { host: this.host, bytes }, this.#more);

  bring({ release, source }: DeployOptions, lane: Lane): Step[] {
    const { placement } = this.#at;
    const { sourceHash, background } = source;
    return [
      uploadStep.step(
        this.#id('release/upload'),
        this.#title(`Upload release ${release}`),
        { ...this.#target, release, placement, sourceHash, background },
        { ...this.#more, ...lane },
      ),
      ...this.retry(release, lane),
    ];
  }

  retry(release: string, lane: Lane): Step[] {
    const more = { ...this.#more, ...lane };
    const at = { ...this.#target, release };
    return [
      buildStep.step(this.#id('release/build'), this.#title('Build the image'), at, more),
      tryStep.step(
        this.#id('release/try'),
        this.#title('Try the release in a container'),
        { ...at, placement: this.#at.placement },
        more,
      ),
    ];
  }

  activate({ release, background, also = {}, idle }: DeployOptions, address: string): Step {
    const further = also[this.host] ?? [];
    return this.#activate({
      release,
      port: portOn(this.#at.config, this.host),
      background: background && this.#at.ownsBackground,
      address,
      ...(further.length > 0 && { also: [...further] }),
      ...(idle && { idle: true }),
    });
  }

  reactivate = ({ release, port, background }: RerunOptions): Step =>
    this.#activate({ release, port: port(this.host), background: background && this.#at.ownsBackground });

  start(): Step {
    const { service, placement } = this.#at;
    const title = this.#title(`Run ${service} on ${placement}`);
    return startStep.step(this.#id('start'), title, { ...this.#target, placement }, this.#more);
  }

  stop(undoable: boolean): Step {
    const { service, placement } = this.#at;
    const title = this.#title(`Stop ${service} on ${placement}`);
    return stopStep.step(this.#id('stop'), title, { ...this.#target, ...(undoable && { placement }) }, this.#more);
  }

  stopListening = (port: number | undefined): Step =>
    listenStep.step(
      this.#id('release/listen'),
      this.#title(`Stop listening on port ${port}`),
      { ...this.#target, also: [] },
      this.#more,
    );

  verify = (release: string): Step =>
    verifyStep.step(
      this.#id('verify'),
      this.#title('Check that route, record and container agree'),
      { ...this.#target, placement: this.#at.placement, release },
      this.#more,
    );

  prune = (): Step => pruneStep.step(this.#id('prune'), this.#title('Remove old releases'), this.#target, this.#more);

  get activateId(): string {
    return this.#id('release/activate');
  }

  #activate(spec: Omit<Parameters<typeof activateStep.step>[2], 'service' | 'host'>): Step {
    const title = this.#title('Run the release in a container');
    return activateStep.step(this.activateId, title, { ...this.#target, ...spec }, this.#more);
  }

  get #target(): ServiceAt {
    return { service: this.#at.service, host: this.host };
  }

  get #more(): { host: string } {
    return { host: this.host };
  }

  #id(id: string): string {
    return this.#at.isOneOfMany ? `${id}/${this.host}` : id;
  }

  #title(title: string): string {
    return this.#at.isOneOfMany ? `${title} (${this.host})` : title;
  }
}
