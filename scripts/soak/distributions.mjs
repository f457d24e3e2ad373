import { runTests } from '../lib/soak-tests.mjs';

export const about = 'bootstrap of a host with Debian 13, as typed; the normal tests have Debian 12';
export const run = (soak) => runTests(soak, ['bootstrap'], { FANOPS_DEBIAN: '13' });
