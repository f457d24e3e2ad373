// npm run bench [-- commands|functions|http|hosts|listing|install]: sets up what is missing, then runs scripts/bench/run.mjs on the Node that the clone brings.
import { spawnSync } from 'node:child_process';
import { env, root, setUp } from './lib/setup.mjs';

const node = setUp();
const { status, signal } = spawnSync(node, ['scripts/bench/run.mjs', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env,
});
process.exitCode = signal ? 130 : (status ?? 1);
