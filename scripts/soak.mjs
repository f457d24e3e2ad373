// npm run soak [-- PART...]: the long versions of the tests, part by part (scripts/soak/*.mjs); ends with counts for each kind of case, and for
// each case that failed the command that repeats it. FANOPS_SEED=N repeats an earlier soak.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { env, root, setUp } from './lib/setup.mjs';

/**
 * A part is a module with `about` (one line) and `run`, which gets this and returns an exit status. Cases are reported as JSON lines
 * `{ kind, ok, detail }` in the file of FANOPS_SOAK_REPORT, which `env` names.
 * @typedef {{ node: string, root: string, env: NodeJS.ProcessEnv, seed: string }} Soak
 */
const folder = join(root, 'scripts/soak');
const known = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => basename(name, '.mjs'))
  .sort();

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}. Parts: ${known.join(', ')}.\n`);
  process.exit(2);
}

const node = setUp();
const seed = process.env.FANOPS_SEED ?? String(Date.now() % 1_000_000);
const scratch = mkdtempSync(join(tmpdir(), 'fanops-soak-'));
const report = join(scratch, 'cases.jsonl');
const begun = Date.now();
const failed = [];
let cases;
try {
  process.stdout.write(`seed ${seed}; repeat with FANOPS_SEED=${seed} npm run soak -- ${asked.join(' ')}\n`);
  for (const name of asked.length > 0 ? asked : known) {
    const part = await import(join(folder, `${name}.mjs`));
    process.stdout.write(`\n${name}: ${part.about}\n`);
    const status = await part.run({
      node,
      root,
      env: { ...env, FANOPS_SOAK: '1', FANOPS_SEED: seed, FANOPS_SOAK_REPORT: report },
      seed,
    });
    if (status !== 0) failed.push(name);
  }
  /** @type {{ kind: string, ok: boolean, detail: string }[]} */
  cases = existsSync(report)
    ? readFileSync(report, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

process.stdout.write(`\n${Math.round((Date.now() - begun) / 60_000)} minutes, seed ${seed}\n`);
for (const kind of new Set(cases.map((each) => each.kind))) {
  const all = cases.filter((each) => each.kind === kind);
  const wrong = all.filter((each) => !each.ok);
  process.stdout.write(`${kind}: ${all.length - wrong.length} of ${all.length}\n`);
  for (const { detail } of wrong.slice(0, 10)) process.stdout.write(`  not: ${detail}\n`);
}
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 || cases.some((each) => !each.ok) ? 1 : 0;
