import { ProviderError, type ProviderErrorCode } from '../contracts/errors.js';

export const LOGIN_HINT =
  'Log in to Google Cloud: gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS.';

/** Reasons of Compute Engine, of its operations, and codes of sockets. */
const REASONS: Record<ProviderErrorCode, readonly string[]> = {
  NOT_LOGGED_IN: ['authError', 'UNAUTHENTICATED', 'required', 'invalid_grant'],
  DENIED: ['forbidden', 'PERMISSION_DENIED', 'accessNotConfigured', 'insufficientPermissions', 'IAM_PERMISSION_DENIED'],
  THROTTLED: ['rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED'],
  CAPACITY: [
    'ZONE_RESOURCE_POOL_EXHAUSTED',
    'ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS',
    'STOCKOUT',
    'UNSUPPORTED_OPERATION',
  ],
  QUOTA: ['quotaExceeded', 'QUOTA_EXCEEDED', 'RESOURCE_EXHAUSTED', 'limitExceeded'],
  NOT_FOUND: ['notFound', 'NOT_FOUND', 'not_found', 'RESOURCE_NOT_FOUND'],
  CONFLICT: [
    'alreadyExists',
    'ALREADY_EXISTS',
    'conditionNotMet',
    'resourceNotReady',
    'resourceInUseByAnotherResource',
    'RESOURCE_IN_USE_BY_ANOTHER_RESOURCE',
    'RESOURCE_ALREADY_EXISTS',
  ],
  INVALID: ['invalid', 'badRequest', 'parseError', 'INVALID_ARGUMENT', 'INVALID_FIELD_VALUE', 'INVALID_USAGE'],
  PROVIDER_DOWN: [
    'backendError',
    'internalError',
    'INTERNAL_ERROR',
    'UNAVAILABLE',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'ETIMEDOUT',
    'EPIPE',
    'EAI_AGAIN',
    'UND_ERR_SOCKET',
    'ERR_STREAM_PREMATURE_CLOSE',
  ],
  PROVIDER: [],
};

const BY_STATUS: Record<number, ProviderErrorCode> = {
  400: 'INVALID',
  401: 'NOT_LOGGED_IN',
  403: 'DENIED',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  412: 'CONFLICT',
  429: 'THROTTLED',
  500: 'PROVIDER_DOWN',
  502: 'PROVIDER_DOWN',
  503: 'PROVIDER_DOWN',
  504: 'PROVIDER_DOWN',
};

const HINTS: Partial<Record<ProviderErrorCode, string>> = {
  NOT_LOGGED_IN: LOGIN_HINT,
  CAPACITY: 'Choose another size or zone for the host in the fleet file.',
  QUOTA: 'Ask Google Cloud for a higher quota, or choose a smaller size.',
  THROTTLED: 'Google Cloud answers too many requests of this project at the moment: try again in a minute.',
  DENIED: 'The login lacks a right, or the Compute Engine API is not enabled: see docs/hosts.md.',
};

/**
 * Where the SDK keeps the body of an answer that was an error: the reason in it is nowhere else on the error that is
 * thrown.
 */
const RAW_BODY = Symbol.for('google-gax.rawHttpResponsePayload');

interface Told {
  /** HTTP status, when there was an answer. */
  status?: number;
  reason?: string;
  message: string;
}

/** What an error of the SDK says. The body of an answer is kept beside it, or comes as the text of the message. */
function told(error: unknown): Told {
  const {
    code,
    httpStatusCode,
    reason,
    message = String(error),
    cause,
    [RAW_BODY]: raw,
  } = (error ?? {}) as {
    code?: number | string;
    httpStatusCode?: number;
    reason?: string;
    message?: string;
    cause?: unknown;
    [RAW_BODY]?: unknown;
  };
  const body = bodyOf(typeof raw === 'string' ? raw : (JSON.stringify(raw) ?? '')) ?? bodyOf(message);
  const inner = (cause as { code?: string } | undefined)?.code;
  if (body)
    return { status: body.code, reason: body.errors?.[0]?.reason ?? body.status, message: body.message ?? message };
  // The SDK puts the code of gRPC beside the status of the answer.
  if (httpStatusCode !== undefined) return { status: httpStatusCode, reason, message };
  if (typeof code === 'number') return { status: code >= 100 ? code : undefined, message, reason: inner };
  return {
    reason: code ?? inner ?? /\b(E[A-Z]{5,}|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)\b/.exec(message)?.[1],
    message,
  };
}

interface Body {
  code?: number;
  message?: string;
  status?: string;
  errors?: { reason?: string }[];
}

function bodyOf(message: string): Body | undefined {
  const at = message.indexOf('{');
  if (at < 0) return undefined;
  try {
    return (JSON.parse(message.slice(at)) as { error?: Body }).error;
  } catch {
    return undefined; // no JSON: the text is all there is
  }
}

/** In our words what a reason means. */
const kindOfReason = (reason: string | undefined): ProviderErrorCode | undefined =>
  (Object.keys(REASONS) as ProviderErrorCode[]).find((kind) => reason !== undefined && REASONS[kind].includes(reason));

/** In our words what a call failed with: by its reason, else by the status of the answer. */
export function kindOf(error: unknown): ProviderErrorCode {
  if (error instanceof ProviderError) return error.code as ProviderErrorCode;
  const { status, reason } = told(error);
  if (status === 429) return 'THROTTLED';
  return kindOfReason(reason) ?? (status === undefined ? 'PROVIDER_DOWN' : (BY_STATUS[status] ?? 'PROVIDER'));
}

/** Whether a thing is on its way to another state, so that the same call may do in a moment. */
export const isSettling = (error: unknown): boolean => told(error).reason === 'resourceNotReady';

/** The error to show. */
export function providerError(error: unknown, doing: string): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = kindOf(error);
  const { reason, status, message } = told(error);
  return new ProviderError(`Google Cloud: ${doing} failed: ${message}`, {
    provider: 'gcp',
    code,
    original: reason ?? String(status ?? 'unknown'),
    hint: HINTS[code],
    cause: error,
  });
}

/** The error of an operation that ended with one. */
export function operationError(code: string, message: string, doing: string): ProviderError {
  const kind = kindOfReason(code) ?? 'PROVIDER';
  return new ProviderError(`Google Cloud: ${doing} failed: ${message || code}`, {
    provider: 'gcp',
    code: kind,
    original: code,
    hint: HINTS[kind],
  });
}

/** The error of an operation that ended with nothing but the status that its call would have had. */
export function statusError(status: number, message: string, doing: string): ProviderError {
  const kind = status === 429 ? 'THROTTLED' : (BY_STATUS[status] ?? 'PROVIDER');
  return new ProviderError(`Google Cloud: ${doing} failed: ${message || `status ${status}`}`, {
    provider: 'gcp',
    code: kind,
    original: String(status),
    hint: HINTS[kind],
  });
}
