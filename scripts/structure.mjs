// npm run structure [-- --commit REV]: with --commit the files of a commit by where a module may leave its traces; else what the shape of the code is in figures, each counted from the files: sizes, layers, cycles, and what a module of each kind costs
// outside of its own folder.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { cruise } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { ESLint } from 'eslint';
import { printCommit } from './lib/commit-files.mjs';
import { KINDS } from './lint/names.mjs';

const SOURCES = globSync(['src/**/*.ts', 'packages/*/src/**/*.ts']).sort();
const textOf = new Map(SOURCES.map((file) => [file, readFileSync(file, 'utf8')]));
const print = (what, value) => process.stdout.write(`${what.padEnd(52)} ${value}\n`);

function sizes() {
  const lines = SOURCES.map((file) => ({ file, text: textOf.get(file).trimEnd().split('\n') }));
  const counts = lines.map(({ text }) => text.length).sort((a, b) => a - b);
  const longest = lines.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  const all = lines.flatMap(({ file, text }) => text.map((line, index) => ({ at: `${file}:${index + 1}`, line })));
  const widest = all.reduce((a, b) => (b.line.length > a.line.length ? b : a));
  const wide = all.filter(({ line }) => line.length > 120);
  const code = wide.filter(({ line }) => !/^\s*(\/\/|\/?\*)/.test(line));
  print('source files', SOURCES.length);
  print('lines a file: median, p90', `${counts[counts.length >> 1]}, ${counts[Math.floor(counts.length * 0.9)]}`);
  print('longest file', `${longest.text.length} (${longest.file})`);
  print('files over 300 lines', counts.filter((count) => count > 300).length);
  print('widest line', `${widest.line.length} (${widest.at})`);
  print('lines over 120 columns: comments, others', `${wide.length - code.length}, ${code.length}`);
}

async function rules() {
  const options = await extractConfig(join(process.cwd(), '.dependency-cruiser.mjs'));
  const { output } = await cruise(['src', ...globSync('packages/*/src')], { ...options.options, ruleSet: options });
  print('import cycles and other breaches of packages', output.summary.violations.length);
  const results = await new ESLint().lintFiles(['src', ...globSync('packages/*/src')]);
  const found = results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId ?? ''));
  print('breaches of layers', found.filter((rule) => rule.endsWith('/layers')).length);
  print('comparisons with names that no exception allows', found.filter((rule) => rule.endsWith('/names')).length);
}

/** Files that import from a folder, from outside of it. */
function importers(folder) {
  const inside = (file) => file.startsWith(folder);
  return SOURCES.filter(
    (file) =>
      !inside(file) &&
      [...textOf.get(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].some(([, path]) =>
        inside(normalize(join(dirname(file), path))),
      ),
  );
}

/** Keys of a declaration, each on a line of its own with two spaces before it. */
const keysOf = (file, declaration) =>
  [...(declaration.exec(textOf.get(file))?.[1] ?? '').matchAll(/^ {2}(?:readonly )?'?([a-z][\w -]*)'?\??:/gm)].map(
    ([, key]) => key,
  );

/** Files outside of modules that have several of the names, as keys or as texts: where a new one is written in as well. */
function tables(names) {
  const listing = SOURCES.filter((file) => {
    if (/^src\/providers\/(?!contracts\/)[\w-]+\//.test(file)) return false;
    const text = textOf.get(file);
    const has = (name) => new RegExp(`'${name}'|^\\s+${name}\\??:`, 'm').test(text);
    return names.filter(has).length >= Math.max(3, names.length / 4);
  });
  return listing.length === 0 ? 'none' : `${listing.length} (${listing.join(', ')})`;
}

function modules() {
  for (const { kind, home, names, exceptions } of KINDS) {
    const outside = new Set(Object.keys(exceptions));
    const known = names(process.cwd());
    for (const name of known) for (const file of importers(`${home}${name}/`)) outside.add(file);
    const left = Object.values(exceptions).reduce((sum, count) => sum + count, 0);
    print(`${kind}: modules; files outside that name or import one`, `${known.length}; ${outside.size}`);
    print(`${kind}: comparisons with names that are left`, left);
  }
  const capabilities = keysOf('src/providers/contracts/provider.ts', /interface Capabilities \{(.*?)\n\}/s);
  const useCases = [
    ...keysOf('src/operations/catalog.ts', /const CATALOG = \{(.*?)\n\}/s),
    ...keysOf('src/operations/plan-operations.ts', /const OPERATIONS = \{(.*?)\n\}/s),
  ];
  print('capability: kinds; files with a table of them', `${capabilities.length}; ${tables(capabilities)}`);
  print('command: use cases; files with a table of them', `${useCases.length}; ${tables(useCases)}`);
}

const { values } = parseArgs({ options: { commit: { type: 'string' } } });
if (values.commit === undefined) {
  sizes();
  modules();
  await rules();
} else if (!printCommit(values.commit)) process.exitCode = 1;
