import { runTests } from '../lib/soak-tests.mjs';

export const about =
  'random sequences of ten commands, after each of which whoever has weight answers; FANOPS_SEQUENCES says how many (else 100), or which: 26-50';
export const run = (soak) => runTests(soak, ['sequences']);
