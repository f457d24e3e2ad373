export { startHost, type HostOptions, type RunningHost } from './server.js';
export { analyse } from './analyse/analyse.js';
export type {
  Analysis,
  AnalysedFunction,
  AnalysedRoute,
  AnalysedSetting,
  AnalyseOptions,
  Finding,
  Place,
  Severity,
} from './analyse/types.js';
export { keysFrom, readKeys, type Keys } from './config/keys.js';
export type { HostStatus } from './lifecycle/state.js';
export type { Health } from './protocol.js';
export { StartError } from './core/errors.js';
export { version } from './version.js';
