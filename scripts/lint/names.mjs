import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Names of the modules of a folder: each is a folder with a config.ts. */
const modulesIn = (folder) => (root) =>
  readdirSync(join(root, folder)).filter((name) => existsSync(join(root, folder, name, 'config.ts')));

/**
 * Kinds of modules whose names nobody compares outside of the folder `home/NAME/`. `table`: the file that lists them. `exceptions`: how many comparisons
 * and lists other files have still. The numbers only shrink: less than a number is an error too, until the number is lowered.
 */
export const KINDS = [
  {
    kind: 'provider',
    home: 'src/providers/',
    table: 'src/providers/index.ts',
    names: modulesIn('src/providers'),
    exceptions: {},
  },
  {
    kind: 'platform',
    home: 'src/platforms/',
    table: 'src/platforms/index.ts',
    names: modulesIn('src/platforms'),
    exceptions: {},
  },
  {
    kind: 'runtime',
    home: 'src/runtimes/',
    table: 'src/runtimes/index.ts',
    names: modulesIn('src/runtimes'),
    exceptions: {},
  },
  {
    kind: 'engine',
    home: 'src/routers/',
    table: 'src/routers/index.ts',
    names: modulesIn('src/routers'),
    exceptions: {},
  },
];

const isText = (node) => node?.type === 'Literal' && typeof node.value === 'string';

/** The texts of a list of values, of keys, or of types. */
function listed(node) {
  if (node.type === 'ArrayExpression') return node.elements.filter(isText).map(({ value }) => value);
  if (node.type === 'TSUnionType') return node.types.flatMap(({ literal }) => (isText(literal) ? [literal.value] : []));
  return node.properties.flatMap(({ key, computed }) => {
    if (computed || !key) return [];
    return isText(key) ? [key.value] : key.type === 'Identifier' ? [key.name] : [];
  });
}

/** The name of a module stands in its own folder, in the table, and in what users write: what others need to know is a trait or a method of the contract. */
export const names = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(context.cwd, context.filename).replaceAll(sep, '/');
    const kinds = KINDS.filter(({ table }) => table !== file).map((kind) => ({
      ...kind,
      names: kind.names(context.cwd).filter((name) => !file.startsWith(`${kind.home}${name}/`)),
      found: [],
    }));
    const compared = (node, values) => {
      for (const { names, found } of kinds) {
        const name = values.find((each) => isText(each) && names.includes(each.value))?.value;
        if (name !== undefined) found.push({ node, what: `a comparison with "${name}"` });
      }
    };
    const list = (node) => {
      const texts = listed(node);
      for (const { names, found } of kinds) {
        const named = names.filter((name) => texts.includes(name));
        if (named.length > 1) found.push({ node, what: `a list of names: ${named.join(', ')}` });
      }
    };
    return {
      'BinaryExpression[operator=/^[!=]==?$/]': (node) => compared(node, [node.left, node.right]),
      SwitchCase: (node) => compared(node, [node.test]),
      'CallExpression[callee.property.name=/^(includes|has|startsWith)$/]': (node) => compared(node, node.arguments),
      ArrayExpression: list,
      ObjectExpression: list,
      TSUnionType: list,
      'Program:exit'(program) {
        for (const { kind, found, exceptions } of kinds) {
          const allowed = exceptions[file] ?? 0;
          if (found.length > allowed)
            for (const { node, what } of found)
              context.report({
                node,
                message: `${what} of a ${kind} outside of its folder: ask for a trait or a method of its contract`,
              });
          if (found.length < allowed)
            context.report({
              node: program,
              message: `${found.length} names of a ${kind} are left: lower the exception of ${file} in scripts/lint/names.mjs`,
            });
        }
      },
    };
  },
};
