import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/core/duration.js';
import { UserError } from '../../../src/core/errors.js';

test.each([
  ['250ms', 250],
  ['5s', 5000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['0s', 0],
  [' 5s ', 5000],
  ['0.5ms', 1],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '5', 's', '5 s', '-1s', '5sec', '1m30s', '.5s', '5S', 'Infinitys', '1e3s'])(
  '"%s" is no duration',
  (text) => {
    expect(() => parseDuration(text, '--hold')).toThrow(UserError);
    expect(() => parseDuration(text, '--hold')).toThrow(`--hold: "${text}" is not a duration.`);
  },
);

test.each([
  [0, '0 ms'],
  [849.6, '850 ms'],
  [1000, '1.0 s'],
  [4210, '4.2 s'],
  [60_000, '1 m 00 s'],
  [185_000, '3 m 05 s'],
  [3_600_000, '1 h 00 m'],
  [3_720_000, '1 h 02 m'],
  [90_061_000, '25 h 01 m'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
