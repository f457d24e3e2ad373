// Runs of vitest, read by their reports: what failed, what was skipped, what was slow.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Milliseconds that vitest has to end once its report is written: a handle that a failed test left open holds nobody up. */
const END_MS = 60_000;

/**
 * @typedef {object} Result
 * @property {number} status exit code
 * @property {object[]} files reports of test files
 */

/**
 * @param {{ node: string, root: string, env: NodeJS.ProcessEnv, scratch: string }} at
 * @returns {(name: string, args: readonly string[]) => Promise<Result>} runs vitest; `name` is that of its report
 */
export const vitestIn = (at) => async (name, args) => {
  const report = join(at.scratch, `${name}.json`);
  const child = spawn(
    at.node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    { cwd: at.root, stdio: 'inherit', env: at.env },
  );
  let written = 0;
  const timer = setInterval(() => {
    if (existsSync(report)) written ||= Date.now();
    if (written && Date.now() - written > END_MS) child.kill('SIGKILL');
  }, 1000);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(timer);
  return { status: code ?? 1, files: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [] };
};

/** What ran at once, as one: the same file is in no two of them. @param {readonly Result[]} results @returns {Result} */
export const together = (results) => ({
  status: Math.max(0, ...results.map(({ status }) => status)),
  files: results.flatMap(({ files }) => files),
});

const titles = (file) => file.assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);

/**
 * Up to three files with failures run once more by themselves, as real processes on a busy machine now and then miss a deadline. Every test that needed it
 * is named.
 * @param {Result} first
 * @returns {Promise<Result>}
 */
export async function secondTry(vitest, root, first) {
  const failed = first.files.filter((file) => file.status === 'failed');
  const errorsOutside = first.status !== 0 && failed.length === 0;
  if (failed.length === 0 || failed.length > 3 || errorsOutside) return first;
  for (const file of failed)
    process.stdout.write(
      `second try: ${relative(root, file.name)} (failed: ${titles(file).join('; ') || 'the file itself'})\n`,
    );
  const second = await vitest(
    'second',
    failed.map((file) => relative(root, file.name)),
  );
  const again = new Map(second.files.map((file) => [file.name, file]));
  return { status: second.status, files: first.files.map((file) => again.get(file.name) ?? file) };
}

/** Counts the tests of a run, and names those that were skipped. @param {Result} result */
export function countTests({ files }) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    if (file.status === 'failed' && file.assertionResults.length === 0) counts.failed += 1;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else {
        counts.skipped += 1;
        process.stdout.write(`skipped: ${test.fullName}\n`);
      }
    }
  }
  return counts;
}

/** Prints the slowest tests, and how long each suite of the table took. @param {Result} result */
export function printSlowest({ files }, root, suites) {
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(9);
  const tests = files.flatMap((file) =>
    file.assertionResults.map(({ fullName, duration }) => ({
      name: relative(root, file.name),
      fullName,
      ms: duration ?? 0,
    })),
  );
  process.stdout.write('\nThe 20 slowest tests:\n');
  for (const { name, fullName, ms } of tests.sort((a, b) => b.ms - a.ms).slice(0, 20))
    process.stdout.write(`${seconds(ms)}  ${name}: ${fullName}\n`);
  const known = files
    .map((file) => ({ ...file, path: relative(root, file.name) }))
    .filter(({ path }) => path in suites);
  if (known.length > 0)
    process.stdout.write('\nSuites with whole fleets, and the seconds that the table of suites has for them:\n');
  for (const { path, startTime, endTime } of known.sort((a, b) => a.path.localeCompare(b.path)))
    process.stdout.write(`${seconds(endTime - startTime)}  ${path} (${suites[path].seconds})\n`);
}
