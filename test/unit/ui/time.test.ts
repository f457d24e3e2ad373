import { expect, test } from 'vitest';
import { age, clockTime, when } from '../../../src/ui/time.js';

const NOW = Date.parse('2026-11-21T02:21:30.000Z');

test.each([
  [-5000, 'just now'],
  [900, 'just now'],
  [1000, '1 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 m ago'],
  [3_600_000, '1 h ago'],
  [172_800_000, '2 d ago'],
])('%i ms is %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});

test('today without a date, other days with one', () => {
  expect(when('2026-11-21T02:13:05.000Z', NOW)).toBe('02:13 (8 m ago)');
  expect(when('2026-11-20T23:59:59.000Z', NOW)).toBe('2026-11-20 23:59 (2 h ago)');
  expect(when('', NOW)).toBe('');
  expect(clockTime('2026-11-21T02:13:05.000Z')).toBe('02:13:05');
});
