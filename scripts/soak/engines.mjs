import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runTests } from '../lib/soak-tests.mjs';

/** These name their engines themselves. */
const BOTH = ['migrate', 'foreign-engines', 'interruptions', 'kill-series'];

export const about = 'every end-to-end test with the router engines that it does not have otherwise';

export function run(soak) {
  const names = readdirSync(join(soak.root, 'test/e2e'))
    .map((file) => basename(file, '.test.ts'))
    .filter((name) => !BOTH.includes(name));
  // In their short versions: the long ones are parts of their own.
  const status = ['other', 'haproxy'].map((engine) =>
    runTests(soak, names, { FANOPS_ENGINE: engine, FANOPS_SOAK: '' }),
  );
  return Math.max(...status);
}
