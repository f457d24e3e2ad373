import { describe, expect, test } from 'vitest';
import {
  isBusy,
  isSettling,
  kindOf,
  millisecondsOf,
  operationError,
  providerError,
  retryAfterMs,
} from '../../../../src/providers/azure/errors.js';

const rest = (statusCode: number | undefined, code?: string): Error =>
  Object.assign(new Error('the words'), { name: 'RestError', statusCode, code });

describe('errors of Azure', () => {
  test.each([
    [401, 'ExpiredAuthenticationToken', 'NOT_LOGGED_IN'],
    [401, undefined, 'NOT_LOGGED_IN'],
    [403, 'AuthorizationFailed', 'DENIED'],
    [429, 'OperationNotAllowed', 'THROTTLED'],
    [409, 'OperationNotAllowed', 'QUOTA'],
    [409, 'SkuNotAvailable', 'CAPACITY'],
    [404, 'ResourceGroupNotFound', 'NOT_FOUND'],
    [400, 'InvalidResourceReference', 'NOT_FOUND'],
    [412, 'PreconditionFailed', 'CONFLICT'],
    [409, 'NeverHeardOf', 'CONFLICT'],
    [400, 'NeverHeardOf', 'INVALID'],
    [503, undefined, 'PROVIDER_DOWN'],
    [undefined, 'ECONNRESET', 'PROVIDER_DOWN'],
    [undefined, 'REQUEST_SEND_ERROR', 'PROVIDER_DOWN'],
    [418, undefined, 'PROVIDER'],
  ])('%s %s is %s', (status, code, kind) => {
    expect(kindOf(rest(status, code))).toBe(kind);
  });

  test('a missing login is told without the many lines of the SDK, with a hint and exit 4', () => {
    const missing = Object.assign(new Error('ChainedTokenCredential authentication failed.\nmany\nlines'), {
      name: 'AggregateAuthenticationError',
    });
    expect(providerError(missing, 'listing')).toMatchObject({
      code: 'NOT_LOGGED_IN',
      exitCode: 4,
      message: 'Azure: listing failed: there is no login',
      hint: expect.stringContaining('az login') as string,
    });
  });

  test('the end of an operation is told by its code', () => {
    expect(operationError({ code: 'ZonalAllocationFailed', message: '' }, 'making app-1')).toMatchObject({
      code: 'CAPACITY',
      original: 'ZonalAllocationFailed',
      message: 'Azure: making app-1 failed: ZonalAllocationFailed',
    });
    expect(operationError({ code: 'NeverHeardOf', message: 'x' }, 'making app-1')).toMatchObject({
      code: 'PROVIDER',
      original: 'NeverHeardOf',
    });
  });

  test('what passes by itself is told apart from what stays', () => {
    expect([rest(409, 'AnotherOperationInProgress'), rest(409, 'PropertyChangeNotAllowed')].map(isBusy)).toEqual([
      true,
      false,
    ]);
    expect(
      [
        rest(404, 'ResourceNotFound'),
        rest(400, 'PublicIPAddressCannotBeDeleted'),
        rest(404, 'PlatformImageNotFound'),
      ].map(isSettling),
    ).toEqual([true, true, false]);
  });

  test('pauses that Azure asks for are read, at most a minute', () => {
    expect(
      ['5', '3600', '0', undefined, 'soon', new Date(Date.now() - 5000).toUTCString()].map(millisecondsOf),
    ).toEqual([5000, 60_000, 0, 0, 0, 0]);
    expect(millisecondsOf(new Date(Date.now() + 10_000).toUTCString())).toBeGreaterThan(5000);
    expect(retryAfterMs(Object.assign(rest(429), { response: { headers: new Map([['retry-after', '2']]) } }))).toBe(
      2000,
    );
  });
});
