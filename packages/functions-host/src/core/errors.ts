/**
 * An error of the host's own contract; the library recognises it by `isAzureFunctionsSystemError` (specification 1.1).
 */
export class SystemError extends Error {
  readonly isAzureFunctionsSystemError = true;
}

/** As {@link SystemError}, for an unknown hook name: the library tests for the name RangeError (specification 1.1). */
export class SystemRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true;
}

/** As {@link SystemError}, for an assignment to a read-only member of a hook's context (specification 1.5). */
export class ReadOnlyError extends TypeError {
  readonly isAzureFunctionsSystemError = true;

  constructor(member: string) {
    super(`Cannot assign to read only property '${member}'`);
  }
}

/** The app or its configuration cannot be started. The message says where and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Wraps whatever user code threw into an Error (specification 1.6). */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (thrown === undefined || thrown === null) return new Error('Unknown error: the value thrown was empty.');
  if (typeof thrown === 'string') return new Error(thrown);
  if (isErrorLike(thrown)) return Object.assign(new Error(thrown.message), { stack: thrown.stack ?? thrown.message });
  return new Error(typeof thrown === 'object' ? safeJson(thrown) : String(thrown));
}

/** Errors of another realm (a vm context) are no `instanceof Error` here. */
function isErrorLike(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Error]';
}

function safeJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    return `Unserialisable error value: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}
