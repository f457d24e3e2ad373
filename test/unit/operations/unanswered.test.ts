import { expect, test } from 'vitest';
import { FanopsError } from '../../../src/core/errors.js';
import { exitCodeOf, loginError, unanswered, withoutEchoes, type Unanswered } from '../../../src/operations/unanswered.js';

const login = (provider: string, message: string): Unanswered => ({ provider, message, code: 'NOT_LOGGED_IN', hint: `log in to ${provider.split(' ')[0]}` });
const other = (provider: string, message: string): Unanswered => ({ provider, message, code: 'DENIED' });

test('an error of ours comes with its code and its hint, any other with its message', () => {
  expect(unanswered('aws', new FanopsError('no', { code: 'DENIED', hint: 'ask' }))).toEqual({ provider: 'aws', message: 'no', code: 'DENIED', hint: 'ask' });
  expect(unanswered('aws', new Error('no'))).toEqual({ provider: 'aws', message: 'no' });
});

test('each place is told once, by the widest name that was refused', () => {
  const [firewalls, whole, account] = [login('aws firewalls', 'listing groups failed'), login('aws', 'listing machines failed'), login('aws account', 'whoami failed')];
  expect(withoutEchoes([firewalls, whole, account])).toEqual([whole]);
  expect(withoutEchoes([other('aws', 'down'), other('aws firewalls', 'down'), other('aws account', 'denied')])).toEqual([other('aws', 'down'), other('aws account', 'denied')]);
  expect(withoutEchoes([other('aws eu-west-1', 'no machines'), other('aws eu-west-1', 'no groups'), other('aws us-east-1', 'no machines')])).toEqual([
    other('aws eu-west-1', 'no machines'), other('aws us-east-1', 'no machines'),
  ]);
  expect(withoutEchoes([login('aws', 'expired'), login('gcp', 'expired')])).toHaveLength(2);
});

test('a list ends with 4 only when nothing answered and a login is missing', () => {
  expect(exitCodeOf([], false)).toBe(0);
  expect(exitCodeOf([login('aws', 'expired')], false)).toBe(4);
  expect(exitCodeOf([login('aws', 'expired')], true)).toBe(3);
  for (const failed of [[login('aws', 'expired'), other('gcp', 'down')], [other('gcp', 'down'), login('aws', 'expired')]]) {
    expect(exitCodeOf(failed, false)).toBe(4);
    expect(loginError(['aws', 'gcp'], failed)).toMatchObject({ exitCode: 4, where: 'aws', message: failed.map(({ message }) => message).join('\n') });
  }
  expect(exitCodeOf([other('gcp', 'down')], false)).toBe(3);
});

test('a command that needs any answer fails when all logins are missing, with each way out', () => {
  expect(loginError(['aws', 'gcp'], [login('aws', 'expired')])).toBeUndefined();
  expect(loginError(['aws'], [])).toBeUndefined();
  expect(loginError(['aws', 'gcp'], [login('aws instances', 'one'), login('gcp instances', 'two')])).toMatchObject({
    exitCode: 4, code: 'NOT_LOGGED_IN', where: 'aws', message: 'one\ntwo', hint: 'log in to aws\nlog in to gcp',
  });
});
