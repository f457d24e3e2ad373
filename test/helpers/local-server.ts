import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const REPO = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the local provider's server program from the sources, so that tests never meet a stale `dist`. Resolves with its path. */
export async function buildLocalServer(): Promise<string> {
  const folder = join(REPO, 'node_modules', '.cache', 'fanops-test');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'server-main.mjs');
  const outfile = `${program}.${process.pid}`;
  await build({
    entryPoints: [join(REPO, 'src/providers/local/server-main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  renameSync(outfile, program);
  return program;
}
