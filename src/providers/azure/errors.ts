import { ProviderError, type ProviderErrorCode } from '../contracts/errors.js';
import { proxyTrouble } from '../../core/proxy-trouble.js';

const LOGIN_HINT = 'Log in to Azure: az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';

/**
 * Codes of the Resource Manager, of its long-running operations, names of errors of the login, and codes of sockets.
 */
const CODES: Record<ProviderErrorCode, readonly string[]> = {
  NOT_LOGGED_IN: [
    'ExpiredAuthenticationToken',
    'InvalidAuthenticationToken',
    'InvalidAuthenticationTokenTenant',
    'AuthenticationFailed',
    'CredentialUnavailableError',
    'AggregateAuthenticationError',
    'AuthenticationError',
    'AuthenticationRequiredError',
  ],
  DENIED: [
    'AuthorizationFailed',
    'LinkedAuthorizationFailed',
    'RequestDisallowedByPolicy',
    'MissingSubscriptionRegistration',
    'SubscriptionNotRegistered',
    'ScopeLocked',
    'ReadOnlyDisabledSubscription',
    'RequestDisallowedByAzure',
  ],
  THROTTLED: [
    'TooManyRequests',
    'SubscriptionRequestsThrottled',
    'ResourceRequestsThrottled',
    'RetryableErrorDueToAnotherOperation',
  ],
  CAPACITY: [
    'AllocationFailed',
    'ZonalAllocationFailed',
    'OverconstrainedAllocationRequest',
    'OverconstrainedZonalAllocationRequest',
    'SkuNotAvailable',
    'NotAvailableForSubscription',
  ],
  QUOTA: [
    'OperationNotAllowed',
    'QuotaExceeded',
    'ResourceQuotaExceeded',
    'PublicIPCountLimitReached',
    'StaticPublicIPCountLimitReached',
    'NetworkSecurityGroupCountLimitReached',
    'SecurityRuleCountLimitReached',
    'VMSizeQuotaExceeded',
  ],
  NOT_FOUND: [
    'ResourceNotFound',
    'ResourceGroupNotFound',
    'NotFound',
    'ParentResourceNotFound',
    'InvalidResourceReference',
    'PlatformImageNotFound',
    'ImageNotFound',
    'GalleryImageNotFound',
    'SubscriptionNotFound',
    'ArtifactNotFound',
  ],
  CONFLICT: [
    'AnotherOperationInProgress',
    'RetryableError',
    'Conflict',
    'ConcurrentUpdateError',
    'OperationPreempted',
    'ResourceGroupBeingDeleted',
    'NicReservedForAnotherVm',
    'PreconditionFailed',
    'ConditionNotMet',
    'PropertyChangeNotAllowed',
    'PublicIPAddressCannotBeDeleted',
    'PublicIPAddressInUse',
    'NicInUse',
    'InUseSubnetCannotBeDeleted',
    'InUseNetworkSecurityGroupCannotBeDeleted',
    'NetworkSecurityGroupInUse',
    'InvalidResourceGroupLocation',
    'Canceled',
    'CanceledAndSupersededDueToAnotherOperation',
  ],
  INVALID: [
    'InvalidParameter',
    'BadRequest',
    'InvalidRequestFormat',
    'InvalidRequestContent',
    'LocationNotAvailableForResourceType',
    'InvalidSubscriptionId',
    'NoRegisteredProviderFound',
  ],
  PROVIDER_DOWN: [
    'InternalServerError',
    'InternalExecutionError',
    'ServiceUnavailable',
    'ServerTimeout',
    'GatewayTimeout',
    'VMStartTimedOut',
    'OSProvisioningTimedOut',
    'REQUEST_SEND_ERROR',
    'PARSE_ERROR',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'ETIMEDOUT',
    'EPIPE',
    'EAI_AGAIN',
    'ESOCKETTIMEDOUT',
    'ERR_STREAM_PREMATURE_CLOSE',
  ],
  PROVIDER: [],
};

const BY_STATUS: Record<number, ProviderErrorCode> = {
  400: 'INVALID',
  401: 'NOT_LOGGED_IN',
  403: 'DENIED',
  404: 'NOT_FOUND',
  408: 'PROVIDER_DOWN',
  409: 'CONFLICT',
  412: 'CONFLICT',
  500: 'PROVIDER_DOWN',
  502: 'PROVIDER_DOWN',
  503: 'PROVIDER_DOWN',
  504: 'PROVIDER_DOWN',
};

/** Conflicts that pass by themselves: somebody else works on the same thing at the moment. */
const BUSY = [
  'AnotherOperationInProgress',
  'RetryableError',
  'Conflict',
  'ConcurrentUpdateError',
  'OperationPreempted',
  'ResourceGroupBeingDeleted',
  'NicReservedForAnotherVm',
  'CanceledAndSupersededDueToAnotherOperation',
];
/** What a call is told of a thing that was just made and that not every part of Azure knows yet. */
const UNKNOWN_YET = [
  'ResourceNotFound',
  'ResourceGroupNotFound',
  'NotFound',
  'ParentResourceNotFound',
  'InvalidResourceReference',
];
/** What a removal is told as long as a thing that was just removed counts as there. */
const STILL_USED = ['NicInUse', 'PublicIPAddressCannotBeDeleted', 'PublicIPAddressInUse', 'InUseSubnetCannotBeDeleted'];

const HINTS: Partial<Record<ProviderErrorCode, string>> = {
  NOT_LOGGED_IN: LOGIN_HINT,
  CAPACITY: 'Choose another size, zone or region for the host in the fleet file.',
  QUOTA: 'Ask Azure for a higher quota, or choose a smaller size.',
  THROTTLED: 'Azure answers too many requests of this subscription at the moment: try again in a minute.',
  DENIED:
    'The login lacks a right on the subscription or its resource group, or a resource provider is ' +
    'not registered: see docs/hosts.md.',
};

const LONGEST_PAUSE_MS = 60_000;

interface Raised {
  name?: string;
  message?: string;
  code?: unknown;
  statusCode?: number;
  response?: { headers?: { get(name: string): string | undefined } };
}

/** The code that Azure or the socket gave; for errors of the login the name of the error. */
export function codeOf(error: unknown): string {
  if (error instanceof ProviderError) return error.original ?? 'unknown';
  const { name = '', code, statusCode } = (error ?? {}) as Raised;
  if (CODES.NOT_LOGGED_IN.includes(name)) return name;
  if (typeof code === 'string' && code !== '') return code;
  return statusCode === undefined ? 'unknown' : String(statusCode);
}

/** In our words what a code means. */
const kindOfCode = (code: string): ProviderErrorCode | undefined =>
  (Object.keys(CODES) as ProviderErrorCode[]).find((kind) => CODES[kind].includes(code));

/** In our words what a call failed with: by its status where that says all, then by its code. */
export function kindOf(error: unknown): ProviderErrorCode {
  if (error instanceof ProviderError) return error.code as ProviderErrorCode;
  const { statusCode } = (error ?? {}) as Raised;
  // The code of a throttled request is that of an exceeded quota.
  if (statusCode === 429) return 'THROTTLED';
  return kindOfCode(codeOf(error)) ?? (statusCode === undefined ? 'PROVIDER' : (BY_STATUS[statusCode] ?? 'PROVIDER'));
}

/** Whether it passes by itself. */
export const isBusy = (error: unknown): boolean => kindOf(error) === 'CONFLICT' && BUSY.includes(codeOf(error));

/**
 * Whether it may be that a thing made a moment ago is not known everywhere yet, or one removed a moment ago is still
 * counted.
 */
export const isSettling = (error: unknown): boolean => [...UNKNOWN_YET, ...STILL_USED].includes(codeOf(error));

/** How long Azure asks to wait, in milliseconds. */
export function retryAfterMs(error: unknown): number {
  return millisecondsOf(((error ?? {}) as Raised).response?.headers?.get('retry-after'));
}

/** A Retry-After header in milliseconds, at most a minute: it comes in seconds or as a date. */
export function millisecondsOf(header: string | undefined): number {
  if (!header) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_PAUSE_MS) : 0;
}

/** The error to show. */
export function providerError(error: unknown, doing: string): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = kindOf(error);
  const original = codeOf(error);
  return new ProviderError(`Azure: ${doing} failed: ${saidBy(error, original)}`, {
    provider: 'azure',
    code,
    original,
    hint: HINTS[code],
    cause: error,
  });
}

/** Of a page that was refused the SDK keeps the code alone, and says only that the page failed. */
function saidBy(error: unknown, original: string): string {
  const { name = '', message = original, statusCode } = (error ?? {}) as Raised;
  if (CODES.NOT_LOGGED_IN.includes(name)) return proxyTrouble(message) ?? 'there is no login';
  return message.startsWith('Pagination failed') ? `${original}, HTTP status ${statusCode}` : message;
}

/** The error of a long-running operation that ended with one. */
export function operationError(failure: { code: string; message: string }, doing: string): ProviderError {
  const code = kindOfCode(failure.code) ?? 'PROVIDER';
  return new ProviderError(`Azure: ${doing} failed: ${failure.message || failure.code}`, {
    provider: 'azure',
    code,
    original: failure.code,
    hint: HINTS[code],
  });
}
