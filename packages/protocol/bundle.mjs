import { build } from 'esbuild';

/** One file for the CLI, with the little of zod that it uses: `fanops status` loads it on each start. */
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/index.ts'],
  outfile: 'dist/bundle/protocol.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  legalComments: 'eof',
  logLevel: 'warning',
});
