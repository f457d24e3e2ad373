import { build } from 'esbuild';

const sdks = ['@azure/storage-blob', '@azure/storage-queue', '@azure/data-tables'];
const filter = new RegExp(`^(${sdks.join('|')})$`);

/**
 * Puts the storage SDKs into the bundle as one text that is only compiled at the first use of one of them: parsing them takes longer
 * than everything else of a start, and most apps never need them.
 */
export const storageSdks = {
  name: 'storage-sdks',
  setup(main) {
    main.onResolve({ filter }, ({ path }) => ({ path, namespace: 'storage-sdk' }));
    main.onLoad({ filter: /.*/, namespace: 'storage-sdk' }, ({ path }) => ({
      contents: `module.exports = require('storage-sdks').load(${JSON.stringify(path)});`,
      resolveDir: import.meta.dirname,
    }));
    main.onResolve({ filter: /^storage-sdks$/ }, ({ path }) => ({ path, namespace: 'storage-sdks' }));
    main.onLoad({ filter: /.*/, namespace: 'storage-sdks' }, async () => ({ contents: loader(await chunk()) }));
  },
};

async function chunk() {
  const cases = sdks.map((name) => `case ${JSON.stringify(name)}: return require(${JSON.stringify(name)});`);
  const { outputFiles } = await build({
    stdin: {
      contents: `exports.load = (name) => { switch (name) { ${cases.join(' ')} } };`,
      resolveDir: import.meta.dirname,
    },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

function loader(text) {
  return `
    const { Script } = require('node:vm');
    const text = ${JSON.stringify(text)};
    let sdks;
    exports.load = (name) => {
      if (!sdks) {
        const chunk = { exports: {} };
        const compiled = new Script('(function (exports, require, module) {' + text + '\\n})', { filename: 'storage-sdks.cjs' });
        compiled.runInThisContext()(chunk.exports, require, chunk);
        sdks = chunk.exports;
      }
      return sdks.load(name);
    };`;
}
