import { runTests } from '../lib/soak-tests.mjs';

export const about =
  'each step of a migration and of a deployment killed at several moments (FANOPS_SOAK_MOMENTS, else 3), and cut-overs back and forth under load';
export const run = (soak) => runTests(soak, ['kill', 'watchdog', 'links', 'cutovers']);
