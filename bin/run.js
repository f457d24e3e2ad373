#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
// A name that an older Node does not export would be a SyntaxError there, before anything can be said.
import nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

const built = existsSync(new URL('../dist/oclif.js', import.meta.url));
const setUp = built ? '' : 'This clone is not built yet: run `npm ci && npm run build` in it first.\n';

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `fanops needs Node 22.18 or newer; this is ${process.version}. In a clone, use \`npx fanops\`, which brings its own.\n${setUp}`,
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && ['--version', '-v', 'version'].includes(process.argv[2] ?? '')) {
  process.stdout.write(`fanops/${manifest.version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (!built) {
  process.stderr.write(setUp);
  process.exitCode = 2;
} else {
  // What V8 compiled once is kept with the program, or where that belongs to somebody else in the user's own cache; never in a folder that all share.
  const folder =
    process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('../node_modules/.cache/fanops', import.meta.url));
  const { constants, enableCompileCache } = nodeModule;
  if (enableCompileCache(folder).status === constants.compileCacheStatus.FAILED) {
    enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fanops', 'compiled'));
  }
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    // node:sqlite is stable enough for a journal, and its notice would stand in every output.
    if (type !== 'ExperimentalWarning') emit.call(process, warning, ...rest);
  };
  // The plugins bring commands of their own, and say nothing to those of fanops: they are left out where one of these is called.
  const [word = ''] = process.argv.slice(2);
  const own =
    /^[a-z][a-z-]*$/.test(word) &&
    [`${word}.js`, word].some((name) => existsSync(new URL(`../dist/commands/${name}`, import.meta.url)));
  const { oclif } = manifest;
  const pjson = { ...manifest, oclif: { ...oclif, plugins: own ? [] : oclif.plugins, helpClass: './dist/help.js' } };
  const { execute } = await import('../dist/oclif.js');
  // Not awaited: it ends the process by itself after an error, and for a pipe whose reader has gone (`fanops --help | head`) it would wait for ever.
  void execute({
    loadOptions: {
      root: fileURLToPath(new URL('..', import.meta.url)),
      pjson,
      isRoot: true,
      userPlugins: false,
      devPlugins: false,
    },
  });
}
