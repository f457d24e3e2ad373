export type { AccessEntry } from './exchange.js';
export {
  parseRoute,
  parseSettings,
  type Placement,
  type Route,
  type RouterSettings,
  type RouterState,
} from './state.js';
