export type {
  AnalysedFunction,
  AnalysedRoute,
  AnalysedSetting,
  Analysis,
  Finding,
  Place,
  Severity,
} from '../protocol.js';

export interface AnalyseOptions {
  /** Settings that the app sees while it loads; nothing of the caller's environment but PATH and the like. */
  env?: Record<string, string | undefined>;
  /** For loading the app; default 30000. */
  deadlineMs?: number;
}
