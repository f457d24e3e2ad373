// The reference of what --json prints: from the JSON Schemas of results and events.

const INTRO = `# Results

Written by \`node scripts/schemas.mjs\` from the schemas of the catalog. With \`--json\` a command prints one JSON document on standard output; what goes on until
Ctrl-C prints one document a line. Progress goes to standard error. Fields that are not named here are never printed, and those that are not required are absent when
there is nothing to say. Whole JSON Schemas: \`schemas/results/\`, and of the options of each use case \`schemas/options/\`.
`;

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const definition = ({ $ref }, root) => root.$defs?.[$ref.split('/').at(-1)] ?? {};
/** What refers to itself is JSON of any depth. */
const isJson = (schema, root) => JSON.stringify(definition(schema, root)).includes(`"${schema.$ref}"`);

/** What a value looks like, in words. */
function typeOf(schema, root) {
  if (schema.$ref) return isJson(schema, root) ? 'any JSON' : typeOf(definition(schema, root), root);
  const of = schema;
  const kinds = of.oneOf ?? of.anyOf;
  if (kinds) return [...new Set(kinds.map((each) => typeOf(each, root)))].join(' or ');
  if (of.const !== undefined) return code(of.const);
  if (of.enum) return of.enum.map(code).join(', ');
  if (of.type === 'array') return `list of ${typeOf(of.items ?? {}, root)}`;
  return [of.type ?? 'any'].flat().join(' or ');
}

/** Fields of an object and of what it holds, each with its path: `services[].release`. */
function rows(schema, root, path = '') {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([key, value]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const own = `| ${code(name)} | ${cell(typeOf(value, root))} | ${required.includes(key) ? 'yes' : 'no'} | ${cell(value.description ?? '')} |`;
    const [inner, at] = value.type === 'array' ? [value.items ?? {}, `${name}[]`] : [value, name];
    return [own, ...rows(inner, root, at)];
  });
}

function part([name, schema]) {
  const of = schema.anyOf ?? schema.oneOf;
  const variants = of ? of.map((each) => (each.$ref ? definition(each, schema) : each)) : [schema];
  const tables = variants.map((each) => {
    const fields = rows(each, schema);
    return fields.length === 0
      ? `A value of type ${typeOf(each, schema)}.`
      : ['| field | type | required | |', '| --- | --- | --- | --- |', ...fields].join('\n');
  });
  return [`## ${schema.title}`, `Schema: \`schemas/${name}\`.`, tables.join('\n\nOr:\n\n')].join('\n\n');
}

/**
 * @param {Readonly<Record<string, object>>} schemas by their paths below `schemas/`
 * @returns {string} the page
 */
export const resultsPage = (schemas) =>
  `${[
    INTRO.trimEnd(),
    ...Object.entries(schemas)
      .filter(([name]) => name.startsWith('results/'))
      .sort(([a], [b]) => a.localeCompare(b))
      .map(part),
  ].join('\n\n')}\n`;
