import { expect, test } from 'vitest';
import { FanopsError } from '../../../src/core/errors.js';
import { visible, visibleLine } from '../../../src/core/visible.js';
import { renderError } from '../../../src/ui/error.js';
import { plainProgress } from '../../../src/ui/progress/plain.js';
import { plainStyle } from '../../../src/ui/style.js';
import { jsonText, terminalText, visibleIn } from '../../../src/ui/terminal-text.js';

const BAD = 'a\u001b]0;title\u0007b\u009b2Jc\rd\u202ee\u2066f\u007fg\u0000';
const GOOD = String.raw`a\x1b]0;title\x07b\u009b2Jc\rd\u202ee\u2066f\x7fg\x00`;

test('control characters, also of one byte and those that turn text around, are written as escapes; ordinary text stays', () => {
  expect(visible(BAD)).toBe(GOOD);
  expect(visible('Grüße, 日本語 😀\n\ttab')).toBe('Grüße, 日本語 😀\n\ttab');
  expect(visibleLine('a\nb')).toBe(String.raw`a\nb`);
});

test('of colour codes only those of the own style pass, and only where it has colours', () => {
  expect(terminalText('\u001b[31mred\u001b[39m \u001b[8mhidden\u001b[2J', true)).toBe(
    '\u001b[31mred\u001b[39m \\x1b[8mhidden\\x1b[2J',
  );
  expect(terminalText('\u001b[31mred', false)).toBe('\\x1b[31mred');
});

test('errors, progress and JSON show no control character', () => {
  const error = new FanopsError(BAD, { hint: BAD, nextSteps: [BAD], data: { evidence: BAD } });
  const lines: string[] = [];
  plainProgress({ write: (line) => lines.push(line) })(visibleIn({ type: 'step.output', id: 'x', line: BAD } as const));
  const text = `${renderError(error, plainStyle())}\n${lines.join('\n')}\n${jsonText({ [BAD]: BAD })}`;
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/);
  expect(JSON.parse(jsonText({ [BAD]: BAD }))).toEqual({ [BAD]: BAD });
});
