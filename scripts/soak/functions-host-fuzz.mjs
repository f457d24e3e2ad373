import { spawnSync } from 'node:child_process';

export const about =
  '10,000 random requests to the functions host, each judged by a small oracle that is written from the specification';

export function run({ node, root, env }) {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'functions-host',
    'packages/functions-host/test/pipe/fuzz.test.ts',
  ];
  return spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...env, FANOPS_FUZZ: '10000' } }).status ?? 1;
}
