import { ProviderError, type ProviderErrorCode } from '../contracts/errors.js';

const CODES: Record<ProviderErrorCode, readonly string[]> = {
  NOT_LOGGED_IN: [
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'CredentialsProviderError',
    'AuthFailure',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'TokenProviderError',
    'SSOTokenProviderFailure',
    'Blocked',
  ],
  DENIED: ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'OptInRequired', 'PendingVerification'],
  THROTTLED: [
    'RequestLimitExceeded',
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'TooManyRequestsException',
    'SlowDown',
    'Client.RequestLimitExceeded',
  ],
  CAPACITY: ['InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'Unsupported', 'InsufficientAddressCapacity'],
  QUOTA: [
    'InstanceLimitExceeded',
    'VcpuLimitExceeded',
    'AddressLimitExceeded',
    'SecurityGroupLimitExceeded',
    'RulesPerSecurityGroupLimitExceeded',
    'MaxSpotInstanceCountExceeded',
  ],
  NOT_FOUND: [
    'InvalidInstanceID.NotFound',
    'InvalidGroup.NotFound',
    'InvalidAMIID.NotFound',
    'InvalidAllocationID.NotFound',
    'InvalidAddress.NotFound',
    'InvalidKeyPair.NotFound',
    'InvalidSubnetID.NotFound',
    'InvalidPermission.NotFound',
    'InvalidVpcID.NotFound',
    'InvalidNetworkInterfaceID.NotFound',
    'InvalidAssociationID.NotFound',
  ],
  CONFLICT: [
    'IncorrectInstanceState',
    'IncorrectState',
    'DependencyViolation',
    'InvalidGroup.Duplicate',
    'InvalidKeyPair.Duplicate',
    'InvalidPermission.Duplicate',
    'InvalidGroup.InUse',
    'Resource.AlreadyAssociated',
    'InvalidIPAddress.InUse',
    'IdempotentParameterMismatch',
    'InvalidAddress.Locked',
    'OperationInProgress',
  ],
  INVALID: [
    'InvalidParameterValue',
    'InvalidParameter',
    'MissingParameter',
    'InvalidAMIID.Malformed',
    'ValidationError',
    'InvalidBlockDeviceMapping',
    'InvalidInstanceType',
  ],
  PROVIDER_DOWN: [
    'InternalError',
    'InternalFailure',
    'ServiceUnavailable',
    'Unavailable',
    'TimeoutError',
    'NetworkingError',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
    'EAI_AGAIN',
  ],
  PROVIDER: [],
};

const HINTS: Partial<Record<ProviderErrorCode, string>> = {
  NOT_LOGGED_IN: 'Log in to AWS: aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  CAPACITY: 'Choose another size or zone for the host in the fleet file.',
  QUOTA: 'Ask AWS for a higher quota, or choose a smaller size.',
  THROTTLED: 'AWS answers too many requests of this account at the moment: try again in a minute.',
  DENIED: 'The login lacks a right: see docs/hosts.md for the ones that fanops needs.',
};

/** The code that the SDK gave: the error's name, or that of the socket below it. */
export function codeOf(error: unknown): string {
  const { name, code, Code } = (error ?? {}) as { name?: string; code?: string; Code?: string };
  if (Code) return Code;
  return name && name !== 'Error' && name !== 'AggregateError' ? name : (code ?? 'unknown');
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;

/** In our words what a call of AWS failed with. Told apart by code. */
export function kindOf(error: unknown): ProviderErrorCode {
  const code = codeOf(error);
  // With 401 the login is meant; else that a thing, such as an address, is not this account's.
  if (code === 'AuthFailure' && statusOf(error) === 400) return 'DENIED';
  const found = (Object.keys(CODES) as ProviderErrorCode[]).find((kind) => CODES[kind].includes(code));
  if (found) return found;
  const status = statusOf(error);
  return status !== undefined && status >= 500 ? 'PROVIDER_DOWN' : 'PROVIDER';
}

/** The error to show. */
export function providerError(error: unknown, doing: string): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = kindOf(error);
  const original = codeOf(error);
  const said = error instanceof Error && error.message ? error.message : original;
  return new ProviderError(`AWS: ${doing} failed: ${said}`, {
    provider: 'aws',
    code,
    original,
    hint: HINTS[code],
    cause: error,
  });
}

/** Runs a call and raises what it fails with as a ProviderError. */
export async function calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw providerError(error, doing);
  }
}

/**
 * Runs a call that takes something away. What is not there any more is away: an answer before this one may have been
 * lost.
 */
export async function unlessGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (kindOf(error) !== 'NOT_FOUND') throw error;
  }
}
