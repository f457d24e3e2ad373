// The reference of the fleet file: from its JSON Schema, and examples/reference/fanops.yaml for an example of each key.
import { stringify } from 'yaml';

const INTRO = `# Fleet file

Written by \`node scripts/schemas.mjs\` from the schema of the fleet file (\`schemas/fleet.schema.json\`) and \`examples/reference/fanops.yaml\`, which has every
key once. \`fanops.yaml\` is looked for here and in the folders above; \`--file\` or \`FANOPS_FILE\` names another one, and \`fanops.ENV.yaml\` beside it is laid
over it with \`-e ENV\` ([environments](../environments-and-hooks.md)). Paths are relative to the file. Keys that begin with \`x-\` are yours: fanops ignores them.

A **duration** is a number with its unit: \`500ms\`, \`30s\`, \`5m\`, \`2h\`. A **reference** names a secret that stands elsewhere: \`env:NAME\`, \`file:PATH\` or
\`cmd:COMMAND\`.
`;

const DURATION = /ms\|s\|m\|h/;
const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** What a value looks like, in words. */
function typeOf(schema) {
  const kinds = schema.oneOf ?? schema.anyOf;
  if (kinds) return [...new Set(kinds.map(typeOf))].join(' or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.type === 'object') return 'section';
  if (schema.type === 'string') return DURATION.test(schema.pattern ?? '') ? 'duration' : 'text';
  return { boolean: '`true`, `false`', integer: 'whole number' }[schema.type] ?? schema.type ?? 'any';
}

/** The description without its default, and the default. */
function split(description = '') {
  const [text, preset] = description.split(/\.? ?\bDefault: /);
  return { text, preset: preset ?? '' };
}

const isMap = (schema) =>
  schema.type === 'object' && !schema.properties && typeof schema.additionalProperties === 'object';

/** The tables that a key leads to: that of its own keys, or of what its entries are. */
function children(key, schema) {
  if (schema.type === 'object' && schema.properties) return [[key, schema]];
  if (isMap(schema)) return children(`${key}.NAME`, schema.additionalProperties);
  if (schema.type === 'array' && schema.items.properties) return [[`${key}[]`, schema.items]];
  return (schema.oneOf ?? []).map((one) => [`${key} (platform ${one.properties.platform.const})`, one]);
}

/** Examples of a table: the first of its places in the example file that has the key. */
function exampleOf(places, key) {
  const place = places.find((each) => each !== null && typeof each === 'object' && key in each);
  if (!place) return undefined;
  const text = stringify(place[key], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
  return text.length > 60 ? '…' : text;
}

/** Where a table's keys stand in the example file. */
function placesOf(places, key, schema) {
  const values = places.flatMap((each) => (each?.[key] === undefined ? [] : [each[key]]));
  const entries = (one, many) =>
    isMap(one) || one.type === 'array' ? many.flatMap((each) => Object.values(each)) : many;
  const found = entries(schema, values);
  return (of) => {
    const platform = of.properties?.platform?.const;
    return platform === undefined ? found : found.filter((each) => each.platform === platform);
  };
}

function table(title, schema, places, about) {
  const { missing, platforms } = about;
  const { properties, required = [] } = schema;
  const rows = Object.entries(properties).map(([key, value]) => {
    const { text, preset } = split(value.description ?? platforms.get(value.const)?.summary);
    const example = exampleOf(places, key);
    if (example === undefined) missing.push(`${title}.${key}: no example`);
    if (text === '') missing.push(`${title}.${key}: no description`);
    const needed = required.includes(key) ? 'required' : cell(preset);
    return `| ${code(key)} | ${cell(typeOf(value))} | ${needed} | ${cell(text[0].toUpperCase() + text.slice(1))} | ${example === '…' ? 'see below' : code(cell(example ?? ''))} |`;
  });
  const own = `## ${title || 'Top level'}\n\n| key | type | default | | example |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  const more = Object.entries(properties).flatMap(([key, value]) => {
    const at = placesOf(places, key, value);
    return children(title ? `${title}.${key}` : key, value).flatMap(([name, child]) =>
      table(name, child, at(child), about),
    );
  });
  return [own, ...more];
}

/**
 * @param {object} schema JSON Schema of the fleet file
 * @param {ReadonlyMap<string, { summary: string }>} platforms what platforms say of themselves
 * @param {object} example content of a fleet file with every key
 * @returns {string} the page
 * @throws Error naming the keys that have no description, or no example
 */
export function fleetPage(schema, platforms, example) {
  const missing = [];
  const parts = table('', schema, [example], { missing, platforms });
  if (missing.length > 0) throw new Error(`The reference of the fleet file is not whole:\n  ${missing.join('\n  ')}`);
  return [INTRO, ...parts].join('\n');
}
