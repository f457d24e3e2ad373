// npm test [-- vitest arguments]: sets up what is missing, runs the tests, and ends with one plain line of counts. Without arguments: all unit, contract and
// operation tests and one end-to-end test per job; with --full all that there are; with --rest SECONDS, of those that npm test leaves out, what the last
// commits touched and a fifth of the others, as far as the time allows (CI).
// FANOPS_NO_SKIP=1 (CI) turns a skipped test into a failure; FANOPS_SECOND_TRY=1 runs up to three files that failed once more.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, root, setUp } from './lib/setup.mjs';
import { runSelected } from './lib/suite-lanes.mjs';
import { SUITES, suitesWith } from './lib/suites.mjs';
import { sharedEngine } from './lib/test-engine.mjs';
import { countTests, printSlowest, secondTry, together, vitestIn } from './lib/vitest-run.mjs';

const node = setUp();
const given = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'fanops-test-'));
const engine = sharedEngine();
const vitest = vitestIn({ node, root, env: { ...env, ...engine.env }, scratch });

const projects = (...names) => names.flatMap((name) => ['--project', name]);

/** Tests on Docker mostly wait: they run beside those that need no whole fleet. */
async function beside(docker) {
  return together(
    await Promise.all([
      vitest('docker', [...projects('docker'), ...docker]),
      vitest('small', projects('fanops', 'functions-host')),
    ]),
  );
}

async function runWanted() {
  if (given[0] === '--rest') return runSelected(vitest, root, Number(given[1]));
  if (given[0] === '--full') return together([await beside([]), await vitest('e2e', projects('e2e'))]);
  if (given.length > 0) return vitest('report', given);
  const contracts = suitesWith(({ docker }) => docker).filter((file) => file.startsWith('test/contracts/'));
  return together([
    await beside(contracts),
    await vitest('e2e', [...projects('e2e'), ...suitesWith(({ quick }) => quick)]),
  ]);
}

let counts;
let status;
try {
  const first = await runWanted();
  const result = process.env.FANOPS_SECOND_TRY === '1' ? await secondTry(vitest, root, first) : first;
  printSlowest(result, root, SUITES);
  counts = countTests(result);
  // Tests that were asked for and not found are no success.
  if (counts.passed === 0 && given[0] !== '--rest') counts.failed ||= 1;
  status = result.status;
} finally {
  engine.stop();
  rmSync(scratch, { recursive: true, force: true });
}
const skipsFail = process.env.FANOPS_NO_SKIP === '1' && counts.skipped > 0;
if (skipsFail) process.stdout.write('Skipped tests count as failures here (FANOPS_NO_SKIP=1).\n');
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = status !== 0 || counts.failed > 0 || skipsFail ? 1 : 0;
