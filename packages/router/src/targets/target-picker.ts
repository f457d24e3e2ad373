import { targetsOf, type Placement, type Target } from 'fanops-protocol';
import { alwaysUp, type HealthView } from './target-health.js';

/**
 * Gives the requests of a placement to its targets in turn; those that are out are left out while another one is up.
 */
export class TargetPicker {
  readonly #targets: readonly Target[];
  #next = 0;

  constructor(
    private readonly service: string,
    private readonly placement: Placement,
    private readonly health: HealthView = alwaysUp,
  ) {
    this.#targets = targetsOf(placement).filter(({ down }) => !down);
  }

  /** Whether the targets have names of their own, which go into the log. */
  get isNamed(): boolean {
    return this.placement.targets !== undefined;
  }

  /**
   * The target of the next request. @param tried names of those that it has met already @returns undefined when there
   * is no other one
   */
  pick(tried: ReadonlySet<string> = new Set()): Target | undefined {
    const open = this.#targets.filter(({ name }) => !tried.has(name));
    const up = open.filter((target) => this.#isUp(target));
    const candidates = new Set(up.length > 0 ? up : open);
    for (let step = 0; step < this.#targets.length; step += 1) {
      const at = (this.#next + step) % this.#targets.length;
      const target = this.#targets[at];
      if (!target || !candidates.has(target)) continue;
      this.#next = at + 1;
      return target;
    }
    return undefined;
  }

  /** Whether there is one that a request has not met. */
  hasOther(tried: ReadonlySet<string>): boolean {
    return this.#targets.some(({ name }) => !tried.has(name));
  }

  /** A request got no answer from a target. @param reason as `connectionFailure` says it */
  failed(target: Target, reason: string): void {
    this.health.failed({ service: this.service, placement: this.placement.name, target }, reason);
  }

  #isUp(target: Target): boolean {
    return this.health.isUp({ service: this.service, placement: this.placement.name, target });
  }
}
