// Builds everything: the CLI, the packages, their single-file bundles, the oclif manifest.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = 'node_modules/typescript/bin/tsc';
const steps = [
  [tsc, '-p', 'packages/protocol'],
  ['packages/protocol/bundle.mjs'],
  [tsc, '-p', 'packages/functions-host'],
  ['packages/functions-host/bundle.mjs'],
  [tsc, '-p', 'packages/router'],
  ['packages/router/bundle.mjs'],
  [tsc, '-p', 'tsconfig.json'],
  ['node_modules/oclif/bin/run.js', 'manifest', '.'],
  ['scripts/bundle-libraries.mjs'],
];

if (!existsSync(`${root}/node_modules/fanops-protocol`)) {
  process.stderr.write('build: node_modules has no fanops-protocol, a package of this repository: run npm install\n');
  process.exit(1);
}
rmSync(`${root}/dist`, { recursive: true, force: true });
if (existsSync(`${root}/oclif.manifest.json`)) rmSync(`${root}/oclif.manifest.json`);
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write(`build: ${step.join(' ')} failed\n`);
    process.exit(status ?? 1);
  }
}
