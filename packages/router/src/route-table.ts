import { WeightedPicker } from './pick.js';
import { normalPrefix } from './request-path.js';
import type { Placement, Route, RouterState } from './state.js';
import { alwaysUp, type HealthView } from './targets/target-health.js';
import { TargetPicker } from './targets/target-picker.js';

interface Entry {
  route: Route;
  host: string | undefined;
  prefix: string;
  picker: WeightedPicker;
  /** By the name of the placement. */
  targets: Map<string, TargetPicker>;
  key: string;
}

/** What a request meets: the service of its route and the placements to choose from. */
export interface Match {
  service: string;
  picker: WeightedPicker;
  /** The targets of one of its placements. */
  targets(placement: Placement): TargetPicker;
}

/** The routes of one state, ready to look up. Immutable but for the pickers' counters. */
export class RouteTable {
  readonly #entries: Entry[];

  /**
   * An unchanged route takes its picker over from `previous`, so that a change elsewhere does not disturb its split.
   */
  constructor(state: RouterState, previous?: RouteTable, health: HealthView = alwaysUp) {
    const known = previous ? previous.#entries : [];
    this.#entries = state.routes.map((route) => {
      const key = JSON.stringify([route.service, route.placements]);
      const kept = known.find((entry) => entry.key === key);
      const targets = (): Entry['targets'] =>
        new Map(route.placements.map((each) => [each.name, new TargetPicker(route.service, each, health)]));
      return {
        route,
        host: route.host?.toLowerCase(),
        prefix: normalPrefix(route.path),
        picker: kept?.picker ?? new WeightedPicker(route.placements),
        targets: kept?.targets ?? targets(),
        key,
      };
    });
    this.#entries.sort(
      (a, b) => Number(b.host !== undefined) - Number(a.host !== undefined) || b.prefix.length - a.prefix.length,
    );
  }

  /**
   * A route of the request's own host comes before one for every host; among those the longest prefix wins.
   * @param path as `normalPath` gives it
   */
  find(host: string, path: string): Match | undefined {
    const entry = this.#entries.find(
      (each) =>
        (each.host === undefined || each.host === host) && (path === each.prefix || path.startsWith(`${each.prefix}/`)),
    );
    if (!entry) return undefined;
    const { service } = entry.route;
    return {
      service,
      picker: entry.picker,
      targets: (placement) => entry.targets.get(placement.name) ?? new TargetPicker(service, placement),
    };
  }
}
