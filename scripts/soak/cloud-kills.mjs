import { spawn } from 'node:child_process';

const PROVIDERS = ['aws', 'azure', 'gcp', 'docker'];

export const about =
  'provisioning killed at each step and at each request that changes something, on aws, azure, gcp and docker (FANOPS_PROVIDER names one), ' +
  'then resumed and undone, or undone at once (FANOPS_WAY: resumed or undone)';

/** Each provider has an emulator of its own, so they are played at the same time. */
export async function run({ node, root, env }) {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'docker',
    '--reporter=verbose',
    'test/e2e/cloud-kills.test.ts',
  ];
  const play = (provider) =>
    new Promise((resolve) => {
      spawn(node, args, { cwd: root, stdio: 'inherit', env: { ...env, FANOPS_PROVIDER: provider } }).once(
        'exit',
        (code) => resolve(code ?? 1),
      );
    });
  const named = env.FANOPS_PROVIDER ? [env.FANOPS_PROVIDER] : PROVIDERS;
  return Math.max(...(await Promise.all(named.map(play))));
}
