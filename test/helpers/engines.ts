/** Router engines that tests go over; one that this machine lacks is skipped, which CI counts as a failure. */
import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { expect } from 'vitest';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const isThere = (program: string): boolean => folders.some((folder) => existsSync(join(folder, program)));

export type Engine = 'embedded' | 'nginx' | 'haproxy';
export const engines: readonly Engine[] = ['embedded', 'nginx', 'haproxy'];
/** Whether this machine can run it. */
export const hasEngine = (engine: Engine): boolean => engine === 'embedded' || isThere(engine);

/**
 * Test files whose fleets have nginx in front in an ordinary run; those of the others have the embedded engine. FANOPS_ENGINE names one for all
 * of them, or `other` for the one that each does not have otherwise, which is what a soak adds.
 */
const WITH_NGINX = ['drain', 'gate', 'kill', 'links', 'locks', 'runs', 'secrets', 'terminal'];

/** The engine of the test file that runs. @throws Error when this machine has none, and FANOPS_NO_SKIP=1 */
export function engineOfFile(): Engine {
  const file = basename(expect.getState().testPath ?? '', '.test.ts');
  const usual: Engine = WITH_NGINX.includes(file) ? 'nginx' : 'embedded';
  const asked = process.env.FANOPS_ENGINE;
  const chosen =
    asked === 'other' ? engines.find((each) => each !== usual)! : (engines.find((each) => each === asked) ?? usual);
  if (hasEngine(chosen)) return chosen;
  if (process.env.FANOPS_NO_SKIP === '1') throw new Error(`${chosen} is not installed on this machine`);
  console.log(`${file}: with the embedded engine, since ${chosen} is not installed on this machine`);
  return 'embedded';
}
