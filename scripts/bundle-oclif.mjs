// Puts oclif into dist/oclif.js, in place of what tsc wrote there. Without this step everything works too, and starts slower.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// oclif is CommonJS: what it asks Node for by `require` exists in an ES module only when it is made.
const BANNER = `import { createRequire as createRequireHere } from 'node:module';
const require = createRequireHere(import.meta.url);
const __dirname = import.meta.dirname;`;

await build({
  entryPoints: [`${root}src/oclif.ts`],
  outfile: `${root}dist/oclif.js`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  // oclif takes these of a project that is being developed; fanops is built by tsc.
  external: ['typescript', 'ts-node', 'tsx', 'pnpapi'],
  banner: { js: BANNER },
  sourcemap: false,
  legalComments: 'eof',
  logLevel: 'warning',
});
