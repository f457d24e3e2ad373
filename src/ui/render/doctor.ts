import type { Check, Mend } from '../../operations/doctor/check.js';
import type { DoctorResult } from '../../operations/doctor/doctor.js';
import type { Style } from '../style.js';
import { padTo, visibleLength, widthOf, wrap, wrapCommand } from '../width.js';
import { count } from './parts.js';

const WORDS = { ok: 'ok', warn: 'WARN', fail: 'FAIL', skipped: 'skip' } as const;

function mark(state: Check['state'], style: Style): string {
  const colour = { ok: style.good, warn: style.warn, fail: style.bad, skipped: style.dim }[state];
  return colour(WORDS[state].padEnd(4));
}

function lines({ state, title, detail, fix, mend }: Check, width: number, style: Style): string[] {
  const [first = '', ...more] = detail.split('\n');
  const indent = ' '.repeat(6);
  const columns = widthOf(process.stdout);
  const head = `${mark(state, style)}  ${padTo(title, width)}  ${style.dim(first)}`.trimEnd();
  return [
    ...(visibleLength(head) <= columns
      ? [head]
      : [`${mark(state, style)}  ${title}`, wrap(`${indent}${style.dim(first)}`, columns)]),
    ...more.map((line) => wrap(`${indent}${line}`, columns)),
    ...(fix && state !== 'ok'
      ? [`${way(`${indent}-> ${style.command(fix)}`, columns)}${mend ? style.dim('  (--fix does it)') : ''}`]
      : []),
  ];
}

/** A command to copy, or a sentence. */
const way = (fix: string, width: number): string => (fix.endsWith('.') ? wrap(fix, width, 3) : wrapCommand(fix, width));

export function renderDoctor({ checks, sum, mended = [] }: DoctorResult, style: Style): string {
  // Where a column of titles takes most of the line, what was found stands right behind each or below it.
  const width = widthOf(process.stdout) < 80 ? 0 : Math.max(0, ...checks.map(({ title }) => visibleLength(title)));
  const parts = [
    `${sum.ok} ok`,
    ...(sum.warn ? [style.warn(count(sum.warn, 'warning'))] : []),
    ...(sum.fail ? [style.bad(`${sum.fail} failed`)] : []),
    ...(sum.skipped ? [`${sum.skipped} skipped`] : []),
  ];
  const done = mended.map(({ title, run, problem }) =>
    problem === undefined
      ? `  ${style.good('done')}  ${title}${run ? style.dim(`  Run ${run}`) : ''}`
      : `  ${style.bad('left')}  ${title}: ${problem}`,
  );
  return [
    ...checks.flatMap((check) => lines(check, width, style)),
    ...(done.length > 0 ? ['', 'Mended', ...done] : []),
    '',
    `${parts.join(', ')}.`,
  ].join('\n');
}

/** What is about to be mended, for the question before it. */
export const renderMends = (mends: readonly Mend[]): string =>
  ['This can be mended now:', ...mends.map(({ title }) => `  - ${title}`)].join('\n');
