import { build } from 'esbuild';
import { bundleProtocol } from './bundle-protocol.mjs';
import { storageSdks } from './bundle-sdks.mjs';

/** One file that runs with plain `node`: no node_modules beside it. CommonJS, so that `require` inside bundled packages works. */
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/bundle/functions-host.cjs',
  bundle: true,
  plugins: [storageSdks],
  platform: 'node',
  format: 'cjs',
  // the bundled v3 library asks for it through the patched require
  external: ['@azure/functions-core'],
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  banner: { js: '#!/usr/bin/env node\nconst __bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
  define: { 'import.meta.url': '__bundleUrl' },
  logLevel: 'warning',
});

await bundleProtocol();
