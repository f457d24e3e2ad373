import { ExitCode } from '../../core/exit-codes.js';
import { FanopsError, type ErrorFacts } from '../../core/errors.js';

/** What went wrong at a provider, in one vocabulary for all. Told apart by the provider's codes, never by text. */
export type ProviderErrorCode =
  | 'NOT_LOGGED_IN'
  | 'DENIED'
  | 'THROTTLED'
  | 'CAPACITY'
  | 'QUOTA'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'INVALID'
  | 'PROVIDER_DOWN'
  | 'PROVIDER';

export interface ProviderFacts extends ErrorFacts {
  provider: string;
  code: ProviderErrorCode;
  /** The provider's own code, e.g. `InsufficientInstanceCapacity`. */
  original?: string;
}

/** A provider refused or failed. Exit 4 when the login is missing or expired, else 1. */
export class ProviderError extends FanopsError {
  readonly provider: string;
  readonly original?: string;

  constructor(message: string, facts: ProviderFacts) {
    super(message, {
      exitCode: facts.code === 'NOT_LOGGED_IN' ? ExitCode.login : ExitCode.failed,
      where: facts.provider,
      ...facts,
    });
    this.provider = facts.provider;
    this.original = facts.original;
  }
}
