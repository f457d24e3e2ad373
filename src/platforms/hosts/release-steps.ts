import type { Step } from '../../core/plan.js';
import type { StepType } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { hostCheckStep } from '../../kit/host-check.js';
import { keptReleases } from '../../kit/release-folder.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { Listen, ServiceRecord } from '../../remote/release.js';
import type { HostsPlacement } from '../placement.js';
import type { AtHost } from './releases.js';

export type Lane = Pick<Step, 'parallel'>;

interface OnHost {
  service: string;
  host: string;
}

/** Makes the steps of a type with at least this input. */
interface Makes<I extends object> {
  step: StepType<OperationContext, I>['step'];
}

/** The types of steps that every platform on hosts has. */
export interface HostStepTypes {
  start: Makes<OnHost & { placement: string }>;
  stop: Makes<OnHost & { placement?: string }>;
  listen: Makes<OnHost & { also: Listen[] }>;
  verify: Makes<OnHost & { placement: string; release: string }>;
  prune: Makes<OnHost>;
}

/** What releases on one host have in common, whatever runs them: ids and titles, and steps that only end or look. */
export abstract class ReleaseSteps<P extends HostsPlacement> {
  readonly host: string;
  readonly #types: HostStepTypes;

  /** @param agreeing what must agree in the end: `route, record and process` */
  constructor(
    protected readonly ctx: OperationContext,
    protected readonly at: AtHost<P>,
    types: HostStepTypes,
    private readonly agreeing: string,
  ) {
    this.host = at.host;
    this.#types = types;
  }

  record = (): Promise<ServiceRecord | undefined> => readServiceRecord(this.ctx, this.host, this.at.service);

  list = (): Promise<string[]> => keptReleases(this.ctx, this.host, this.at.service);

  check = (bytes: number): Step =>
    hostCheckStep.step(this.id('prepare'), this.title('Check the host'), { host: this.host, bytes }, this.more);

  start(): Step {
    const { service, placement } = this.at;
    const title = this.title(`Run ${service} on ${placement}`);
    return this.#types.start.step(this.id('start'), title, { ...this.target, placement }, this.more);
  }

  /** @param undoable whether undoing the run starts it again */
  stop(undoable: boolean): Step {
    const { service, placement } = this.at;
    const title = this.title(`Stop ${service} on ${placement}`);
    const input = { ...this.target, ...(undoable && { placement }) };
    return this.#types.stop.step(this.id('stop'), title, input, this.more);
  }

  stopListening(port: number | undefined): Step {
    const title = this.title(`Stop listening on port ${port}`);
    return this.#types.listen.step(this.id('release/listen'), title, { ...this.target, also: [] }, this.more);
  }

  verify(release: string): Step {
    const title = this.title(`Check that ${this.agreeing} agree`);
    const { placement } = this.at;
    return this.#types.verify.step(this.id('verify'), title, { ...this.target, placement, release }, this.more);
  }

  prune = (): Step =>
    this.#types.prune.step(this.id('prune'), this.title('Remove old releases'), this.target, this.more);

  get activateId(): string {
    return this.id('release/activate');
  }

  protected get target(): OnHost {
    return { service: this.at.service, host: this.host };
  }

  protected get more(): { host: string } {
    return { host: this.host };
  }

  /** The id of a step, which names the host where there are several. */
  protected id(id: string): string {
    return this.at.isOneOfMany ? `${id}/${this.host}` : id;
  }

  protected title(title: string): string {
    return this.at.isOneOfMany ? `${title} (${this.host})` : title;
  }
}
