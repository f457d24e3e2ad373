import { WeightedPicker } from './pick.js';
import { normalPrefix } from './request-path.js';
import type { Route, RouterState } from './state.js';

interface Entry {
  route: Route;
  host: string | undefined;
  prefix: string;
  picker: WeightedPicker;
  key: string;
}

/** What a request meets: the service of its route and the placements to choose from. */
export interface Match {
  service: string;
  picker: WeightedPicker;
}

/** The routes of one state, ready to look up. Immutable but for the pickers' counters. */
export class RouteTable {
  readonly #entries: Entry[];

  /**
   * An unchanged route takes its picker over from `previous`, so that a change elsewhere does not disturb its split.
   */
  constructor(state: RouterState, previous?: RouteTable) {
    const known = previous ? previous.#entries : [];
    this.#entries = state.routes.map((route) => {
      const key = JSON.stringify([route.service, route.placements]);
      const picker = known.find((entry) => entry.key === key)?.picker ?? new WeightedPicker(route.placements);
      return { route, host: route.host?.toLowerCase(), prefix: normalPrefix(route.path), picker, key };
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
    return entry && { service: entry.route.service, picker: entry.picker };
  }
}
