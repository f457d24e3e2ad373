/**
 * `blocks`: the app or that function cannot move as it is. `degrades`: it moves, something must be changed or is lost. `question`: a
 * person has
 * to answer first. `info`: good to know.
 */
export type Severity = 'blocks' | 'degrades' | 'question' | 'info';

export interface Place {
  /** Relative to the app root. */
  file: string;
  line: number;
}

export interface Finding {
  id: string;
  severity: Severity;
  function?: string;
  message: string;
  where?: Place;
  hint?: string;
}

export interface AnalysedFunction {
  name: string;
  /** http, timer, queue, blob, ... */
  trigger: string;
  route?: string;
  methods?: string[];
  authLevel?: string;
  schedule?: string;
  queue?: string;
  /** Of a blob trigger. */
  path?: string;
  file?: string;
  line?: number;
}

/** An HTTP route with the prefix. */
export interface AnalysedRoute {
  route: string;
  /** Undefined = every method. */
  methods?: string[];
  function: string;
}

export interface AnalysedSetting {
  name: string;
  /** Function names for bindings, FILE:LINE for reads in sources. */
  usedBy: string[];
  /** False where every read has a fallback, or the platform or the host itself provides it. */
  required: boolean;
}

/** What an app needs and what stands in the way of running it here. */
export interface Analysis {
  app: { name: string; model: 'v4' | 'v3' | 'unknown'; main: string | null; nodeEngine?: string };
  /** By name, which is also the order in which their routes are tried. */
  functions: AnalysedFunction[];
  /** In order of precedence: the first that matches a request answers it. Routes that cannot be served are left out. */
  routes: AnalysedRoute[];
  settings: AnalysedSetting[];
  findings: Finding[];
  loadErrors: { file: string; message: string }[];
}

export interface AnalyseOptions {
  /** Settings that the app sees while it loads; nothing of the caller's environment but PATH and the like. */
  env?: Record<string, string | undefined>;
  /** For loading the app; default 30000. */
  deadlineMs?: number;
}
