import { ExitCode } from './exit-codes.js';

/** What an error can carry besides its message. */
export interface ErrorFacts {
  /** What to do about it, one sentence. */
  hint?: string;
  /** Commands to type next, in order. */
  nextSteps?: string[];
  /** Where it happened, e.g. `fanops.yaml:12:5` or `app-1`. */
  where?: string;
  /** Machine-readable code, upper snake case. */
  code?: string;
  exitCode?: ExitCode;
  /** Facts for `--json`; never secrets. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

/** Root of every error that fanops raises on purpose. */
export class FanopsError extends Error {
  readonly hint?: string;
  readonly nextSteps: string[];
  readonly where?: string;
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly data?: Record<string, unknown>;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.hint = facts.hint;
    this.nextSteps = facts.nextSteps ?? [];
    this.where = facts.where;
    this.code = facts.code ?? 'FAILED';
    this.exitCode = facts.exitCode ?? ExitCode.failed;
    this.data = facts.data;
  }
}

/**
 * The command line, the fleet file or the environment is wrong, and the user can mend it. Exit 2 unless said otherwise.
 */
export class UserError extends FanopsError {
  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { code: 'USAGE', exitCode: ExitCode.usage, ...facts });
  }
}

/** Something that must hold before the work can start does not: a lock is held, an app cannot move. Exit 5. */
export class PreconditionError extends FanopsError {
  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { code: 'PRECONDITION', exitCode: ExitCode.precondition, ...facts });
  }
}

/** A gate was breached, or could not be measured, and the traffic was sent back. Exit 6. */
export class GateError extends FanopsError {
  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { code: 'GATE', exitCode: ExitCode.gate, ...facts });
  }
}

/** The user said no, or pressed Ctrl-C. Exit 130. */
export class CancelledError extends FanopsError {
  constructor(message = 'Cancelled.', facts: ErrorFacts = {}) {
    super(message, { code: 'CANCELLED', exitCode: ExitCode.cancelled, ...facts });
  }
}

/** What a command on a host left behind. */
export interface RemoteFacts extends ErrorFacts {
  host: string;
  /** The command as a person would type it; holds no secret. */
  command?: string;
  /** Exit code of the command, null when a signal ended it. */
  status?: number | null;
  signal?: string;
  /** Last lines of stderr. */
  stderr?: string;
}

/** A host could not be reached, or a command on it failed. Exit 1. */
export class RemoteError extends FanopsError {
  readonly host: string;
  readonly command?: string;
  readonly status?: number | null;
  readonly stderr?: string;

  constructor(message: string, facts: RemoteFacts) {
    super(message, { code: 'REMOTE', where: facts.host, ...facts });
    this.host = facts.host;
    this.command = facts.command;
    this.status = facts.status;
    this.stderr = facts.stderr;
  }
}

/** fanops itself is wrong. The base command shows the stack and says how to report it. */
export class BugError extends FanopsError {
  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { code: 'BUG', ...facts });
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
