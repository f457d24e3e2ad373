import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Bundles the router into one CommonJS file that plain `node` runs with no node_modules beside it. */
export async function bundle(outfile = `${here}dist/bundle/router.cjs`) {
  await build({
    entryPoints: [`${here}src/cli.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    legalComments: 'eof',
    logLevel: 'warning',
  });
  return outfile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
