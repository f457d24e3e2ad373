// npm test [-- vitest arguments]: sets up what is missing, runs all tests, and ends with one plain line of counts.
// FANOPS_NO_SKIP=1 (CI) turns a skipped test into a failure.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, root, setUp } from './lib/setup.mjs';

const node = setUp();
const given = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'fanops-test-'));
const report = join(scratch, 'report.json');
/** Runs vitest; once its report is written it has a minute to end, so that a handle that a failed test left open holds nobody up. */
const run = (args) => new Promise((resolve) => {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env });
  let written = 0;
  const timer = setInterval(() => {
    if (existsSync(report)) written ||= Date.now();
    if (written && Date.now() - written > 60_000) child.kill('SIGKILL');
  }, 1000);
  child.on('exit', (code) => { clearInterval(timer); resolve(code ?? 1); });
});

let counts = { passed: 0, failed: 0, skipped: 0 };
let status;
try {
  status = await run(['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...given]);
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const brokenFiles = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    counts = { passed: numPassedTests, failed: numFailedTests + brokenFiles, skipped: numPendingTests + (numTodoTests ?? 0) };
    for (const file of testResults) {
      for (const test of file.assertionResults) {
        if (test.status === 'skipped' || test.status === 'pending') process.stdout.write(`skipped: ${test.fullName}\n`);
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (counts.passed === 0 && counts.failed === 0) counts.failed = 1;
const skipsFail = process.env.FANOPS_NO_SKIP === '1' && counts.skipped > 0;
if (skipsFail) process.stdout.write('Skipped tests count as failures here (FANOPS_NO_SKIP=1).\n');
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = status !== 0 || counts.failed > 0 || skipsFail ? 1 : 0;
