import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The templates of the engines that are programs of others, by their path in templates/. */
function templates() {
  const dir = `${here}../../templates`;
  const names = ['nginx', 'haproxy'].flatMap((engine) =>
    readdirSync(`${dir}/${engine}`).map((name) => `${engine}/${name}`),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(`${dir}/${name}`, 'utf8')]));
}

/**
 * Bundles a program into one CommonJS file that plain `node` runs with no node_modules beside it: the router, or what probes a release that is tried
 * on its own host. With `builtIn: false` the router reads its templates from its folder, as those of versions before did.
 */
export async function bundle(outfile = `${here}dist/bundle/router.cjs`, entry = 'cli', { builtIn = true } = {}) {
  await build({
    entryPoints: [`${here}src/${entry}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    legalComments: 'eof',
    logLevel: 'warning',
    define: builtIn && entry === 'cli' ? { FANOPS_TEMPLATES: JSON.stringify(templates()) } : {},
  });
  return outfile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundle();
  await bundle(`${here}dist/bundle/trial-probe.cjs`, 'trial-probe');
}
