import { expect, test } from 'vitest';
import type { OperationContext } from '../../../src/kit/context.js';
import { defineStep } from '../../../src/core/step.js';
import { mutateOk } from '../../../src/kit/on-host.js';

const step = defineStep<OperationContext, object>('test.install', { apply: async () => undefined }).step(
  'install',
  'Install',
  {},
);

/** Stands for a host whose commands fail with a text, and on whose disk so much is free. */
const failing = (stderr: string, freeKb: number) => {
  const transport = {
    run: async ({ argv }: { argv: string[] }) =>
      argv[0] === 'df'
        ? {
            code: 0,
            stderr: '',
            stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/my disk 20480 20476 ${freeKb} 100% /home/a b\n`,
          }
        : { code: 1, stdout: '', stderr },
  };
  const ctx = { hosts: { transport: async () => transport } } as unknown as OperationContext;
  return mutateOk(
    { ctx, runId: 'R1', step, signal: new AbortController().signal },
    'app-1',
    ['npm', 'ci'],
    'npm ci failed',
    { brief: true },
  );
};

test('a command that fails on a full disk and does not say why is told as a full disk', async () => {
  await expect(failing('npm error A complete log of this run can be found in: x', 4)).rejects.toMatchObject({
    message: 'npm ci failed on app-1: the disk is full.',
    code: 'DISK_FULL',
  });
});

test('a command that fails with room on the disk is told as it is', async () => {
  await expect(failing('npm error code EUSAGE', 900_000)).rejects.toMatchObject({
    message: 'npm ci failed on app-1.',
    code: 'REMOTE',
  });
});
