// npm run soak [-- vitest arguments]: every step of a migration and of a deployment interrupted at several moments, and cut-overs back and
// forth under load; ends with one line of counts for each kind. FANOPS_SEED=N repeats the moments of an earlier soak,
// FANOPS_SOAK_MOMENTS=N tries N of each step in place of three.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, root, setUp } from './lib/setup.mjs';

const FILES = ['kill', 'watchdog', 'links', 'cutovers'].map((name) => `test/e2e/${name}.test.ts`);

const node = setUp();
const seed = process.env.FANOPS_SEED ?? String(Date.now() % 1_000_000);
const scratch = mkdtempSync(join(tmpdir(), 'fanops-soak-'));
const report = join(scratch, 'cases.jsonl');

/** @returns {{ kind: string, ok: boolean, detail: string }[]} */
const cases = () => (existsSync(report) ? readFileSync(report, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);

let status;
let counted;
const begun = Date.now();
try {
  process.stdout.write(`seed ${seed}; repeat with FANOPS_SEED=${seed} npm run soak\n`);
  const files = process.argv.slice(2).length > 0 ? process.argv.slice(2) : FILES;
  status = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e', '--reporter=verbose', ...files], {
    cwd: root, stdio: 'inherit', env: { ...env, FANOPS_SOAK: '1', FANOPS_SEED: seed, FANOPS_SOAK_REPORT: report },
  }).status ?? 1;
  counted = cases();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

process.stdout.write(`\n${Math.round((Date.now() - begun) / 60_000)} minutes, seed ${seed}\n`);
for (const kind of new Set(counted.map((each) => each.kind))) {
  const all = counted.filter((each) => each.kind === kind);
  const failed = all.filter((each) => !each.ok);
  process.stdout.write(`${kind}: ${all.length - failed.length} of ${all.length}\n`);
  for (const { detail } of failed.slice(0, 10)) process.stdout.write(`  not: ${detail}\n`);
}
process.exitCode = status !== 0 || counted.length === 0 || counted.some((each) => !each.ok) ? 1 : 0;
