#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`fanops needs Node 22.18 or newer; this is ${process.version}. In a clone, use \`npx fanops\`, which brings its own.\n`);
  process.exitCode = 2;
} else if (process.argv.length === 3 && ['--version', '-v', 'version'].includes(process.argv[2] ?? '')) {
  process.stdout.write(`fanops/${manifest.version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  // What V8 compiled once is kept with the program, not in a folder that all users of the machine share. Where it cannot be written there is none.
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('../node_modules/.cache/fanops', import.meta.url)));
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    // node:sqlite is stable enough for a journal, and its notice would stand in every output.
    if (type !== 'ExperimentalWarning') emit.call(process, warning, ...rest);
  };
  const { execute } = await import('@oclif/core/execute');
  await execute({ dir: import.meta.url });
}
