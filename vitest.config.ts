import { defineConfig } from 'vitest/config';
import { suitesWith } from './scripts/lib/suites.mjs';

/** Tests that compare what the Docker engine holds before and after: never two at once. */
const DOCKER = suitesWith(({ docker }) => docker);

/** Projects run in groups by `groupOrder`. Local times in assertions are UTC. */
const common = {
  pool: 'forks' as const,
  globalSetup: ['./test/helpers/records.ts'],
  env: { TZ: 'UTC' },
  testTimeout: 30_000,
  hookTimeout: 30_000,
  sequence: { groupOrder: 0 },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'fanops',
          include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: ['test/e2e/**', ...DOCKER, 'packages/functions-host/**', '**/node_modules/**'],
        },
      },
      {
        // Its settings are its own: it compiles and bundles the package first.
        extends: './packages/functions-host/vitest.config.ts',
        root: './packages/functions-host',
        test: { name: 'functions-host', sequence: { groupOrder: 1 } },
      },
      {
        // Whole fleets on one machine, which mostly wait: two at a time.
        test: {
          ...common,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...DOCKER, '**/node_modules/**'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...common,
          name: 'docker',
          include: DOCKER,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
