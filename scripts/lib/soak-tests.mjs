// What parts of the soak share that are made of test files.
import { spawnSync } from 'node:child_process';
import { sharedEngine } from './test-engine.mjs';

/** Runs end-to-end test files in their long version. @param {string[]} names e.g. `kill` @returns exit status */
export function runTests({ node, root, env }, names, more = {}) {
  const files = names.map((name) => `test/e2e/${name}.test.ts`);
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'e2e',
    '--project',
    'docker',
    '--reporter=verbose',
    ...files,
  ];
  const engine = sharedEngine();
  try {
    return spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...env, ...more, ...engine.env } }).status ?? 1;
  } finally {
    engine.stop();
  }
}
