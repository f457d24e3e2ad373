import { expect, it } from 'vitest';
import { parseConstraint } from '../../src/http/constraints.js';

function check(constraint: string, { takes, refuses }: { takes: string[]; refuses: string[] }): void {
  const test = parseConstraint(constraint, `{p:${constraint}}`);
  expect([constraint, takes.filter((text) => !test(text)), refuses.filter((text) => test(text))]).toEqual([
    constraint,
    [],
    [],
  ]);
}

it('[3.1-16] int and long', () => {
  check('int', {
    takes: ['-5', '+5', '0', '2147483647', ' 7 '],
    refuses: ['2147483648', '1.0', 'a', '', '1e3', '--1', '1,000'],
  });
  check('long', { takes: ['99999999999', '-9223372036854775808'], refuses: ['9223372036854775808', 'x'] });
});

it('[3.1-17] bool', () => check('bool', { takes: ['true', 'False', 'TRUE'], refuses: ['1', 'yes', ''] }));

it('[3.1-18] datetime', () =>
  check('datetime', {
    takes: [
      '2020-02-29',
      '2020-1-2',
      '2020-01-02T03:04:05Z',
      '2020-01-02T03:04:05.123+02:00',
      '2020-01-02 03:04',
      '12-25-2020',
      '1/2/2020',
      '10:30',
      '5pm',
      '5 January 2020',
      'Jan 5, 2020',
      'Mon, 6 Jan 2020 10:00:00 GMT',
      '2020-05',
      'May 2020',
    ],
    refuses: [
      'item-5',
      'abc 1',
      '20200101',
      '12',
      '2021-02-29',
      '2020-13-01',
      '2020-01-01T25:00',
      '13:60',
      '',
      '2020',
      'x2020-01-01',
      '13pm',
    ],
  }));

it('[3.1-19] decimal, double and float', () => {
  check('decimal', {
    takes: ['1', '-1.5', '.5', '1,000.25', '5-', '1.'],
    refuses: ['1e3', '', '.', 'x', '1.2.3', '99999999999999999999999999999'],
  });
  for (const type of ['double', 'float']) {
    check(type, {
      takes: ['1', '-1.5', '1e3', '.5E-2', 'NaN', '-Infinity', 'infinity'],
      refuses: ['', '.', '0x10', '1.5f', 'e5'],
    });
  }
});

it('[3.1-20] guid', () =>
  check('guid', {
    takes: [
      '0f8fad5b-d9cb-469f-a165-70867728950e',
      '0F8FAD5BD9CB469FA16570867728950E',
      '{0f8fad5b-d9cb-469f-a165-70867728950e}',
      '(0f8fad5b-d9cb-469f-a165-70867728950e)',
    ],
    refuses: [
      '{0f8fad5b-d9cb-469f-a165-70867728950e',
      '0f8fad5b-d9cb-469fa165-70867728950e',
      '0f8fad5b',
      'g'.repeat(32),
    ],
  }));

it('[3.1-21] minlength, maxlength, length', () => {
  check('minlength(2)', { takes: ['ab', 'abc'], refuses: ['a'] });
  check('maxlength(2)', { takes: ['a', 'ab'], refuses: ['abc'] });
  check('length(2)', { takes: ['ab'], refuses: ['a', 'abc'] });
  check('length(2,3)', { takes: ['ab', 'abc'], refuses: ['a', 'abcd'] });
});

it('[3.1-22] min, max, range', () => {
  check('min(3)', { takes: ['3', '44'], refuses: ['2', 'x', '3.5'] });
  check('max(3)', { takes: ['3', '-9'], refuses: ['4', ''] });
  check('range(1,5)', { takes: ['1', '5'], refuses: ['0', '6'] });
});

it('[3.1-23] alpha', () => check('alpha', { takes: ['aZ'], refuses: ['a1', 'ä', 'a-b'] }));

it('[3.1-24] regex ignores case and knows the marks of .NET', () => {
  check('regex(^\\d{3}-[a-c]+$)', { takes: ['123-AbC'], refuses: ['12-a'] });
  check('regex(\\A(?:x|y)\\z)', { takes: ['X'], refuses: ['xy'] });
  check('regex((?i)^x$)'.replace('regex((?i)', 'regex((?i)'), { takes: ['X'], refuses: ['xx'] });
});

it('[3.1-25] required', () => check('required', { takes: ['a'], refuses: [''] }));

it('[3.1-26] file and nonfile', () => {
  check('file', { takes: ['a.txt', 'a/b.c', '.gitignore'], refuses: ['a', 'a.', 'a.b/c'] });
  check('nonfile', { takes: ['a', 'a.b/c', 'a.'], refuses: ['a.txt'] });
});
