export type { AccessEntry } from './exchange.js';
export type { ListenAddress } from './listener.js';
export type { AppliedState } from './serve.js';
export {
  parseRoute,
  parseSettings,
  StateError,
  type Placement,
  type Route,
  type RouterSettings,
  type RouterState,
} from './state.js';
export type { LogMark, RouterStats } from './stats.js';
export type { PlacementStats, RequestCounts } from './tally.js';
