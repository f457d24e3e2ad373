import type { EjectedTarget, Target } from 'fanops-protocol';
import { initialHealth, nextHealth, type HealthEvent, type HealthState } from './health-state.js';

/** A target of a placement of a service. */
export interface TargetId {
  service: string;
  placement: string;
  target: Pick<Target, 'name' | 'url'>;
}

/** Which targets take requests. */
export interface HealthView {
  isUp(id: TargetId): boolean;
  /** A request got no answer from a target. @param reason as `connectionFailure` says it */
  failed(id: TargetId, reason: string): void;
}

/** As `applied.json` has those that are out. */
export const ejectedOf = (ejected: EjectedTarget[]): { ejected?: EjectedTarget[] } =>
  ejected.length === 0 ? {} : { ejected };

/** Where nobody watches: every target is up. */
export const alwaysUp: HealthView = { isUp: () => true, failed: () => undefined };

const keyOf = ({ service, placement, target }: TargetId): string =>
  JSON.stringify([service, placement, target.name, target.url]);

/**
 * Which targets are taken out, by failed requests and health checks. Only those that are watched are ever out, so that
 * each comes back.
 */
export class TargetHealth implements HealthView {
  readonly #watched = new Map<string, { id: TargetId; state: HealthState }>();

  /** @param changed a target was taken out or put back */
  constructor(private readonly changed: () => void = () => undefined) {}

  /** Follows these targets; what is known of others is forgotten. */
  watch(ids: readonly TargetId[]): void {
    const keys = new Set(ids.map(keyOf));
    for (const key of this.#watched.keys()) if (!keys.has(key)) this.#watched.delete(key);
    for (const id of ids) {
      const key = keyOf(id);
      if (!this.#watched.has(key)) this.#watched.set(key, { id, state: initialHealth });
    }
  }

  isUp(id: TargetId): boolean {
    return this.#watched.get(keyOf(id))?.state.up ?? true;
  }

  failed(id: TargetId, reason: string): void {
    this.observe(id, { type: 'bad', connection: true, reason });
  }

  /** Takes in what was seen of a target. */
  observe(id: TargetId, event: HealthEvent): void {
    const entry = this.#watched.get(keyOf(id));
    if (!entry) return;
    const before = entry.state.up;
    entry.state = nextHealth(entry.state, event, new Date().toISOString());
    const { up, reason } = entry.state;
    if (up === before) return;
    const name = `target ${id.target.name} of ${id.placement} of ${id.service}`;
    console.error(up ? `${name} is put back` : `${name} is taken out: ${reason}`);
    this.changed();
  }

  /** Those that are out. */
  ejected(): EjectedTarget[] {
    return [...this.#watched.values()].flatMap(({ id: { service, placement, target }, state }) =>
      state.up
        ? []
        : [{ service, placement, target: target.name, since: state.since ?? '', reason: state.reason ?? '' }],
    );
  }
}
