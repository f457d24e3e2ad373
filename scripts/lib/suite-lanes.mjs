// Carries suites out side by side within a budget of time: those on Docker one after the other, the others two at a time.
import { execFileSync } from 'node:child_process';
import { SUITES, selectSuites } from './suites.mjs';
import { together } from './vitest-run.mjs';

/** Suites that use no Docker engine and run at the same time. */
const WORKERS = 2;
/** How much longer than the table says a suite may take on a busy machine. */
const SLACK = 1.6;
/** Commits whose files count as touched. */
const COMMITS = 40;

const git = (root, ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** What the last commits touched, and where this one is among all. A clone that is not deep has fewer of them. */
function history(root) {
  const number = Number(git(root, 'rev-list', '--count', 'HEAD'));
  const commits = Math.min(COMMITS, number - 1);
  const changed = commits > 0 ? git(root, 'log', '--name-only', '--format=', `-${commits}`).split('\n') : [];
  return { number, commit: git(root, 'rev-parse', '--short', 'HEAD'), changed: [...new Set(changed)].filter(Boolean) };
}

/**
 * Runs of the suites that `npm test` leaves out what the last commits touched and a fifth of the others, and lists what it did not run.
 * @param {(name: string, args: readonly string[]) => Promise<import('./vitest-run.mjs').Result>} vitest
 * @param {number} budget seconds within which they are to end
 */
export async function runSelected(vitest, root, budget) {
  const until = Date.now() + budget * 1000;
  const { number, commit, changed } = history(root);
  const { touched, turn, left } = selectSuites({ changed, number });
  const waiting = [...touched, ...turn];
  process.stdout.write(
    `Of the other suites: ${touched.length} touched by the last ${COMMITS} commits, and ${turn.length} whose turn it is (number ${number}).\n`,
  );
  const results = [];
  /** Takes the first of its kind that still ends in time. */
  const next = (docker) => {
    const index = waiting.findIndex(
      (file) => !!SUITES[file].docker === docker && Date.now() + SUITES[file].seconds * SLACK * 1000 < until,
    );
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  };
  const lane = async (docker) => {
    for (let file = next(docker); file; file = next(docker))
      results.push(await vitest(file.replaceAll('/', '-'), ['--project', docker ? 'docker' : 'e2e', file]));
  };
  await Promise.all([lane(true), ...Array.from({ length: WORKERS }, () => lane(false))]);
  for (const file of waiting) process.stdout.write(`not selected: ${file} (no time left in this run; ${commit})\n`);
  for (const file of left)
    process.stdout.write(
      `not selected: ${file} (not touched by the last ${COMMITS} commits, not its turn; ${commit})\n`,
    );
  return together(results);
}
