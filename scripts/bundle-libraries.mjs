// Puts oclif and the SDKs of the clouds into a file each, in place of what tsc wrote there, and their licences beside them: users install none of their
// packages. Without this step everything works in a clone too, and starts slower.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Modules of `src` that hand on all that fanops uses of a library. */
const MODULES = ['oclif', 'providers/aws/clients', 'providers/azure/clients', 'providers/gcp/clients'];

// They are CommonJS in part: what they ask Node for by `require` exists in an ES module only when it is made.
const BANNER = `import { createRequire as createRequireHere } from 'node:module';
const require = createRequireHere(import.meta.url);
const bundleFile = import.meta.filename;
const bundleFolder = import.meta.dirname;`;

/**
 * What the SDK of Google Cloud loads and no client of ours uses: message classes, which its clients make themselves from protos.json, and the beta API. That
 * JSON is parsed as such, which takes a fraction of the time of the same as a program.
 */
const withoutUnused = {
  name: 'without-unused',
  setup({ onLoad }) {
    const package_ = '[/\\\\]@google-cloud[/\\\\]compute[/\\\\]build[/\\\\]';
    onLoad({ filter: new RegExp(`${package_}(protos[/\\\\]protos\\.js|src[/\\\\]v1beta[/\\\\]index\\.js)$`) }, () => ({
      contents: 'module.exports = {};',
    }));
    onLoad({ filter: new RegExp(`${package_}protos[/\\\\]protos\\.json$`) }, ({ path }) => {
      const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
      return { contents: `module.exports = JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
    });
  },
};

const bundle = async (module) => {
  const { metafile } = await build({
    entryPoints: [`${root}src/${module}.ts`],
    outfile: `${root}dist/${module}.js`,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    // oclif takes these of a project that is being developed; fanops is built by tsc.
    external: ['typescript', 'ts-node', 'tsx', 'pnpapi'],
    banner: { js: BANNER },
    define: { __filename: 'bundleFile', __dirname: 'bundleFolder' },
    sourcemap: false,
    legalComments: 'none',
    metafile: true,
    plugins: [withoutUnused],
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
};

/** Folders of the packages whose files were bundled. */
const packagesOf = (files) =>
  new Set(
    files.flatMap((file) => {
      const [, found] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
      return found === undefined ? [] : [found];
    }),
  );

/** What a package says of its licence: its files of that name, or the field. */
function notice(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const texts = readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
  const by = typeof author === 'string' ? author : author?.name;
  const fallback = `${typeof license === 'string' ? license : 'See its repository'}${by ? `\nCopyright ${by}` : ''}`;
  return [`${name} ${version}`, texts.length > 0 ? texts.join('\n\n') : fallback];
}

const inputs = (await Promise.all(MODULES.map(bundle))).flat();
const folders = [...packagesOf(inputs)].filter((folder) => existsSync(join(root, folder, 'package.json')));
const notices = new Map(folders.map(notice));
const text = [...notices]
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([title, licence]) => `${title}\n${'-'.repeat(title.length)}\n\n${licence}\n`)
  .join('\n\n');
writeFileSync(`${root}dist/THIRD-PARTY-LICENSES.txt`, `fanops carries these packages in its files.\n\n\n${text}`);
