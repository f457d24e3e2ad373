import { expect, test } from 'vitest';
import { FanopsError } from '../../../src/core/errors.js';
import {
  exitCodeOf,
  loginError,
  unanswered,
  withoutEchoes,
  type Unanswered,
} from '../../../src/operations/unanswered.js';

const login = (provider: string, message: string): Unanswered => ({
  provider,
  message,
  code: 'NOT_LOGGED_IN',
  hint: `log in to ${provider.split(' ')[0]}`,
});
const other = (provider: string, message: string): Unanswered => ({ provider, message, code: 'DENIED' });

test('an error of ours comes with its code and its hint, any other with its message', () => {
  expect(unanswered('aws', new FanopsError('no', { code: 'DENIED', hint: 'ask' }))).toEqual({
    provider: 'aws',
    message: 'no',
    code: 'DENIED',
    hint: 'ask',
  });
  expect(unanswered('aws', new Error('no'))).toEqual({ provider: 'aws', message: 'no' });
});

test('a missing login is one of the whole provider', () => {
  expect(unanswered('gcp us-central1', new FanopsError('no', { code: 'NOT_LOGGED_IN' })).provider).toBe('gcp');
  expect(unanswered('gcp us-central1', new FanopsError('no', { code: 'DENIED' })).provider).toBe('gcp us-central1');
});

test('each place is told once, by the widest name that was refused', () => {
  const whole = login('aws', 'listing machines failed');
  expect(withoutEchoes([whole, login('aws', 'whoami failed'), other('aws prices', 'no book')])).toEqual([whole]);
  expect(withoutEchoes([other('aws', 'down'), other('aws firewalls', 'down'), other('aws account', 'denied')])).toEqual(
    [other('aws', 'down'), other('aws account', 'denied')],
  );
  expect(
    withoutEchoes([
      other('aws eu-west-1', 'no machines'),
      other('aws eu-west-1', 'no groups'),
      other('aws us-east-1', 'no machines'),
    ]),
  ).toEqual([other('aws eu-west-1', 'no machines'), other('aws us-east-1', 'no machines')]);
  expect(withoutEchoes([login('aws', 'expired'), login('gcp', 'expired')])).toHaveLength(2);
});

test('a list ends with 4 only when nothing that was asked answered and a login is missing', () => {
  expect(exitCodeOf([], ['aws'])).toBe(0);
  expect(exitCodeOf([login('aws', 'expired')], ['aws'])).toBe(4);
  expect(exitCodeOf([login('aws', 'expired')], ['aws', 'gcp'])).toBe(3);
  expect(exitCodeOf([login('aws', 'expired'), other('gcp us-central1', 'denied')], ['aws', 'gcp'])).toBe(3);
  expect(exitCodeOf([other('gcp', 'down')], ['gcp'])).toBe(3);
  for (const failed of [
    [login('aws', 'expired'), other('gcp', 'down')],
    [other('gcp', 'down'), login('aws', 'expired')],
  ]) {
    expect(exitCodeOf(failed, ['aws', 'gcp'])).toBe(4);
    expect(loginError(failed)).toMatchObject({
      exitCode: 4,
      where: 'aws',
      message: failed.map(({ message }) => message).join('\n'),
    });
  }
});

test('the error for which no login answered has each way out', () => {
  expect(loginError([other('gcp', 'down')])).toBeUndefined();
  expect(loginError([login('aws', 'one'), login('gcp', 'two')])).toMatchObject({
    exitCode: 4,
    code: 'NOT_LOGGED_IN',
    where: 'aws',
    message: 'one\ntwo',
    hint: 'log in to aws\nlog in to gcp',
  });
});
