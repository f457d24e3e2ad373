/** Router engines that tests go over; one that this machine lacks is skipped, which CI counts as a failure. */
import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { expect } from 'vitest';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
export const hasNginx = folders.some((folder) => existsSync(join(folder, 'nginx')));

export type Engine = 'embedded' | 'nginx';
export const engines: readonly Engine[] = ['embedded', 'nginx'];

/**
 * Test files whose fleets have nginx in front in an ordinary run; those of the others have the embedded engine. FANOPS_ENGINE names one for all
 * of them, or `other` for the one that each does not have otherwise, which is what a soak adds.
 */
const WITH_NGINX = ['gate', 'kill', 'links', 'locks', 'runs', 'secrets', 'terminal'];

/** The engine of the test file that runs. @throws Error when it is nginx, this machine has none, and FANOPS_NO_SKIP=1 */
export function engineOfFile(): Engine {
  const file = basename(expect.getState().testPath ?? '', '.test.ts');
  const usual: Engine = WITH_NGINX.includes(file) ? 'nginx' : 'embedded';
  const asked = process.env.FANOPS_ENGINE;
  const chosen = asked === 'other' ? engines.find((each) => each !== usual)! : (engines.find((each) => each === asked) ?? usual);
  if (chosen === 'embedded' || hasNginx) return chosen;
  if (process.env.FANOPS_NO_SKIP === '1') throw new Error('nginx is not installed on this machine');
  console.log(`${file}: with the embedded engine, since nginx is not installed on this machine`);
  return 'embedded';
}
