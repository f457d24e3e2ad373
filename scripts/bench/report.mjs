// The figures as lines and as a page.
import { execFileSync } from 'node:child_process';
import { cpus, totalmem, type as system, release } from 'node:os';
import { root } from '../lib/setup.mjs';

/**
 * @typedef {{ what: string, label: { a: string, b: string }, unit: string, command: string, aim?: { under?: number, over?: number },
 *   a: number, b: number, ratio: number, spread: [number, number] } | { skipped: string }} Row
 */

const figure = (value, unit) => `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
export const aimText = (aim) => (aim?.under ? `under ${aim.under}` : aim?.over ? `over ${aim.over}` : 'none');
export const isMissed = ({ aim, ratio }) =>
  (aim?.under !== undefined && ratio >= aim.under) || (aim?.over !== undefined && ratio <= aim.over);

/** @returns {string} one row for a terminal */
export const line = (row) =>
  row.skipped
    ? `skipped: ${row.skipped}`
    : `${row.ratio.toFixed(2).padStart(6)}  ${row.what}: ${row.label.a} ${figure(row.a, row.unit)}, ${row.label.b} ${figure(row.b, row.unit)} (aim ${aimText(row.aim)}${isMissed(row) ? ', MISSED' : ''})`;

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

function commit() {
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') ? ' with changes' : ''}`;
  } catch {
    // Not a clone, or no git.
    return 'unknown';
  }
}

/** @returns {string} docs/benchmarks.md */
export function page(rows) {
  const processors = cpus();
  const cells = rows
    .filter((row) => !row.skipped)
    .map(
      (row) =>
        `| ${row.what} | ${row.label.a}: ${figure(row.a, row.unit)} | ${row.label.b}: ${figure(row.b, row.unit)} | **${row.ratio.toFixed(2)}** (${row.spread.map((each) => each.toFixed(2)).join(' to ')}) | ${aimText(row.aim)}${isMissed(row) ? ', missed' : ''} | \`${row.command}\` |`,
    );
  const skipped = rows.filter((row) => row.skipped).map((row) => `- Skipped: ${row.skipped}.`);
  return `# Benchmarks

Ratios of two ways, measured in turn in one run (A B A B, after one turn of each that does not count): medians, and in brackets the middle half of the rounds.
A ratio says more than its two figures, which are of one machine on one day. A turn of load counts when at most one request in 1000 failed. \`npm run bench\` measures again and writes this page.

| what | A | B | A : B | aim | command of A |
| --- | --- | --- | --- | --- | --- |
${cells.join('\n')}
${skipped.length > 0 ? `\n${skipped.join('\n')}\n` : ''}
Measured on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, Node ${process.version}, ${system()} ${release()}, ${processors[0]?.model ?? 'unknown processor'},
${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB memory. Load comes from the same machine and shares its cores.
`;
}
