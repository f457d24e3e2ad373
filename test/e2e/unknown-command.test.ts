import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.js';

const run = (...args: string[]) => cli(args, { cwd: tmpdir() });

test.each([
  [['statsu'], 'There is no command "statsu".', 'fanops status --help'],
  [['host', 'lst'], 'There is: host bootstrap, host destroy, host list, host provision,', 'fanops host list --help'],
  [['nothing-like-it'], 'doctor, exec, host, init, inventory,', 'fanops --help'],
])('%j is told with what exists', async (args, said, next) => {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
  expect(stderr).toContain(`Next:\n  ${next}\n`);
});

test('as JSON too', async () => {
  const { code, stdout } = await run('statsu', '--json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'UNKNOWN_NAME', exitCode: 2, nextSteps: ['fanops status --help'] },
  });
});
