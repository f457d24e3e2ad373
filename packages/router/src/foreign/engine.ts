import type { Route, RouterState } from '../state.js';
import type { HealthView } from '../targets/target-health.js';

/** A configuration and the version by which it says that it is in force. */
export interface Rendered {
  text: string;
  version: string;
}

/** Running processes of a foreign engine, in the working directory of this one. */
export interface ForeignProcess {
  /** Of the process that the configuration in force belongs to. */
  readonly pid: number;
  /** Resolves when that process has ended by itself. */
  readonly ended: Promise<string>;
  /**
   * Takes the configuration file up, and returns when only that version takes connections. @throws {Error} with the
   * engine's own reason
   */
  reload(version: string): Promise<void>;
  /** Lets what is left of a lost process finish its requests. */
  letGo(): void;
  /** Lets requests finish, for that long at most, and resolves when no process is left. */
  quit(withinMs: number): Promise<void>;
}

/** The target that gave no answer to a request. */
export interface FailureReport {
  service: string;
  placement: string;
  target: string;
}

/** A program of others that the router runs as its engine: nginx, HAProxy. */
export interface ForeignEngine<Process extends ForeignProcess = ForeignProcess> {
  /** Its configuration file in its folder; drafts have `.draft` behind it. */
  readonly conf: string;
  /** @throws {Error} for what the engine can't do */
  render(state: RouterState): Promise<Rendered>;
  /** Brings the weights of a route, and which targets take requests, into force, without a reload. */
  setWeights(route: Route, health: HealthView): Promise<void>;
  /** Tells of requests that a target gave no answer to, and that are tried nowhere else. @returns ends it */
  watchFailures(report: (failure: FailureReport) => void): () => void;
  /** Writes the draft and asks the program whether it would take it. @throws {Error} with the engine's own reason */
  check(text: string): Promise<void>;
  start(version: string): Promise<Process>;
  /** Called every few seconds while it runs: rotates logs, says what they lack. */
  tidy(process: Process): Promise<void>;
  /** Called at the end, when no process of it is left. */
  close?(): Promise<void>;
}
