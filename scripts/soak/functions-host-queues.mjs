import { spawnSync } from 'node:child_process';

export const about =
  'kill -9 in the middle of queue batches, 1,500 messages: each handled at least once, at most once where its lease held, poison after five tries';

export function run({ node, root, env }) {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'functions-host',
    'packages/functions-host/test/store/queue-crash.test.ts',
  ];
  return spawnSync(node, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}
