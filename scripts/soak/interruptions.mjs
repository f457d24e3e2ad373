import { runTests } from '../lib/soak-tests.mjs';

export const about =
  'random interruptions (FANOPS_INTERRUPTIONS, else 100) of migrate, deploy and their rollbacks, each resumed or undone; FANOPS_CASE plays one again';
export const run = (soak) => runTests(soak, ['interruptions']);
