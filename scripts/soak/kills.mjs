import { spawn } from 'node:child_process';

const ENGINES = ['embedded', 'nginx', 'haproxy'];

export const about =
  'kill -9 of migrate, deploy, both rollbacks, router apply and host provision under 50 requests a ' +
  'second, resumed or undone, then a second rollback, another port or an undo; FANOPS_KILLS says how many of each ' +
  'engine (else 100), or which: 26-50; FANOPS_ENGINE names one engine, FANOPS_CASE plays one again';

/** Each engine has a fleet of its own, so they are played at the same time. */
export async function run({ node, root, env }) {
  const file = 'test/e2e/kill-series.test.ts';
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e', '--reporter=verbose', file];
  const play = (engine) =>
    new Promise((resolve) => {
      const own = { ...env, ...(engine && { FANOPS_ENGINE: engine }) };
      spawn(node, args, { cwd: root, stdio: 'inherit', env: own }).once('exit', (code) => resolve(code ?? 1));
    });
  const named = env.FANOPS_ENGINE || env.FANOPS_CASE ? [env.FANOPS_ENGINE] : ENGINES;
  return Math.max(...(await Promise.all(named.map(play))));
}
