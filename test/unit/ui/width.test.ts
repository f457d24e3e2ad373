import { expect, test } from 'vitest';
import { brief, nextSteps } from '../../../src/ui/render/parts.js';
import { table } from '../../../src/ui/table.js';
import { padTo, visibleLength, widthOf, wrap, wrapCommand } from '../../../src/ui/width.js';
import { plain } from '../../helpers/plain-style.js';

test('lines are broken between words, under their own indent; a long word stays whole', () => {
  expect(wrap('one two three four', 9)).toBe('one two\nthree\nfour');
  expect(wrap('  one two three', 9, 2)).toBe('  one two\n    three');
  expect(wrap('see /a/very/long/path here', 9)).toBe('see\n/a/very/long/path\nhere');
  expect(wrap('short\n  kept  as it is', 80)).toBe('short\n  kept  as it is');
  expect(wrap('\u001b[31mred\u001b[39m two', 7)).toBe('\u001b[31mred\u001b[39m two');
});

test('what follows a coloured indent is indented too, and each line ends its own colours', () => {
  expect(wrap('\u001b[2m    one two\u001b[22m', 9)).toBe('    \u001b[2mone\u001b[22m\n    \u001b[2mtwo\u001b[22m');
  expect(wrap('\u001b[31mError:\u001b[39m one two three', 11, 2)).toBe('\u001b[31mError:\u001b[39m one\n  two three');
});

test('a line is as wide as a terminal shows it: East Asian characters and emoji take two columns, accents none', () => {
  expect(['日本', '👩‍🚒', 'e\u0301', '\u001b[31mred\u001b[39m', '\u200bx'].map(visibleLength)).toEqual([4, 2, 1, 3, 1]);
  expect(wrap('日本 日本 日本', 9)).toBe('日本 日本\n日本');
  expect(wrap('  日本 日本', 7, 1)).toBe('  日本\n   日本');
  expect(padTo('日本', 6)).toBe('日本  ');
  expect(brief('日本日本日本', 9)).toBe('日本日...');
  expect(brief('👩‍🚒👩‍🚒👩‍🚒👩‍🚒', 7)).toBe('👩‍🚒👩‍🚒...');
});

test('a command is broken before its flags, so that it can be copied', () => {
  expect(wrapCommand('  fanops status', 10)).toBe('  fanops status');
  expect(wrapCommand('  $ fanops init --url https://x --yes', 24)).toBe(
    '  $ fanops init \\\n      --url https://x \\\n      --yes',
  );
  expect(wrapCommand('  $ fanops init --url https://x --yes', 30)).toBe(
    '  $ fanops init \\\n      --url https://x --yes',
  );
});

test('without a terminal nothing is broken', () => {
  expect(widthOf({})).toBe(Number.POSITIVE_INFINITY);
  expect(widthOf({ isTTY: true, columns: 60 })).toBe(60);
});

test('what a command does stands beside it, or below it where that is too wide', () => {
  const steps = [['fanops runs undo R1', 'takes away what it made'], ['fanops status']] as const;
  expect(nextSteps(steps, plain, 80)).toEqual([
    '',
    'Next:',
    '  fanops runs undo R1  takes away what it made',
    '  fanops status',
  ]);
  expect(nextSteps(steps, plain, 40)).toEqual([
    '',
    'Next:',
    '  fanops runs undo R1\n      takes away what it made',
    '  fanops status',
  ]);
});

test('columns with wide characters are aligned, and such a table does not count as narrower than it is', () => {
  const rows = [
    ['日本', 'x'],
    ['app', 'y'],
  ];
  expect(table(['NAME', 'VALUE'], rows, plain, 11)).toBe('NAME  VALUE\n日本  x\napp   y');
  expect(table(['名前', 'V'], [['日本日本', 'x']], plain, 8)).toBe('名前  日本日本\nV     x');
});

test('a table may have a shorter form for a narrow terminal', () => {
  const rows = [
    ['one', 'a long value'],
    ['two', 'another one'],
  ];
  const narrow = ([name = '', value = '']: string[]): string => `${name}: ${value}`;
  expect(table(['NAME', 'VALUE'], rows, plain, 80, narrow)).toContain('NAME  VALUE');
  expect(table(['NAME', 'VALUE'], rows, plain, 10, narrow)).toBe('one: a long value\ntwo: another one');
});
