// Shell is checked by shellcheck: the scripts that run on hosts with what they include, and those of this repository.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const forHosts = globSync('templates/**/*.sh').filter((file) => !file.includes('/lib/'));
const calls = [
  ['--check-sourced', ...forHosts.sort()],
  ['--shell=bash', '.ci/run'],
];

for (const args of calls) {
  const { error, status } = spawnSync('shellcheck', args, { stdio: 'inherit' });
  if (error?.code === 'ENOENT' && !process.env.CI) {
    process.stdout.write(
      'shellcheck is not installed here: shell is not checked (apt install shellcheck). CI does it.\n',
    );
    break;
  }
  if (error) throw error;
  if (status !== 0) process.exitCode = 1;
}
