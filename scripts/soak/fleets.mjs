import { spawnSync } from 'node:child_process';

export const about = '200 random fleets on emulators: what a dry run tells is what the run then does';

export function run({ node, root, env }) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'fanops', 'test/contracts/plan-is-run.test.ts'];
  return spawnSync(node, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}
