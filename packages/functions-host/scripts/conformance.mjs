// Writes docs/conformance.md: `conformance.mjs [REPORT.json ...]`, with reports of vitest's JSON reporter.
// Without any it runs the tests first.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'fh-conformance-'));

try {
  const given = process.argv.slice(2);
  const reports = given.length > 0 ? given : [runTests(join(work, 'report.json'))];
  const { catalogue, render, shownIn } = await load(join(work, 'conformance.mjs'));
  const shown = reports.flatMap((report) => shownIn(readFileSync(report, 'utf8'), join(root, 'test')));
  const table = render(catalogue, shown);
  writeFileSync(join(root, 'docs', 'conformance.md'), table);
  process.stdout.write(`docs/conformance.md: ${/^\d+ rules: .*$/m.exec(table)?.[0]}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs all tests but that of the table itself; its failures become failures of this program after the table is written. */
function runTests(report) {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const args = [
    'run',
    '--exclude',
    'test/conformance.test.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
  return report;
}

/** The catalogue and the generator are TypeScript: they are bundled to run as they are. */
async function load(outfile) {
  await build({
    absWorkingDir: root,
    entryPoints: ['conformance/index.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return import(pathToFileURL(outfile).href);
}
