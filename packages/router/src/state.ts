import type { Route, RouterSettings } from 'fanops-protocol';
import { normalPrefix } from './request-path.js';

export {
  hasSeveralTargets,
  parseRoute,
  parseSettings,
  targetsOf,
  type Baseline,
  type Endpoint,
  type EngineName,
  type HealthRequest,
  type Placement,
  type Route,
  type RouterSettings,
  type Target,
} from 'fanops-protocol';

/** Settings and all routes together. */
export interface RouterState extends RouterSettings {
  routes: Route[];
}

/**
 * Whether a route was written under an older lock than another. What does not say which lock it was is no measure for
 * what does.
 */
export const isOlder = (route: Pick<Route, 'fence' | 'lock'>, than: Pick<Route, 'fence' | 'lock'>): boolean =>
  route.fence < than.fence && !(than.lock === undefined && route.lock !== undefined);

/** What no two routes may share. */
export const routeKey = ({ host = '', path }: Route): string => `${host.toLowerCase()} ${normalPrefix(path)}`;
