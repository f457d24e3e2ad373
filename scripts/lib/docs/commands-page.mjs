// The reference of commands: from the manifest of oclif, the help of each as text.

const INTRO = `# Commands

Written by \`node scripts/schemas.mjs\` from the commands themselves; \`fanops COMMAND --help\` says the same. Flags of all commands stand
[at the end](#global-flags). What \`--json\` prints: [results](results.md); how commands end: [exit codes](exit-codes.md).
`;

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const fill = (text, id) =>
  text.replaceAll('<%= config.bin %>', 'fanops').replaceAll('<%= command.id %>', id.replaceAll(':', ' '));
const sentence = (text) => (/[.?!]$/.test(text) ? text : `${text}.`);
const capital = (text) => text[0].toUpperCase() + text.slice(1);

const isGlobal = ({ helpGroup }) => helpGroup === 'GLOBAL';

function flagRow({
  name,
  char,
  type,
  helpValue,
  description = '',
  summary,
  default: preset,
  options,
  env,
  required,
  multiple,
}) {
  const value = type === 'option' ? ` ${helpValue ?? (options ? options.join('|') : 'VALUE')}` : '';
  const facts = [
    ...(required ? ['required'] : []),
    ...(multiple ? ['may be given several times'] : []),
    ...(preset === undefined || preset === false || typeof preset === 'object' ? [] : [`default: ${code(preset)}`]),
    ...(env ? [`or ${code(env)}`] : []),
  ];
  const text = [capital(summary ?? description), ...facts].join('; ');
  return `| ${code(cell(`${char ? `-${char}, ` : ''}--${name}${value}`))} | ${cell(text)} |`;
}

const flagTable = (flags) =>
  flags.length === 0 ? [] : [['| flag | |', '| --- | --- |', ...flags.map(flagRow)].join('\n')];

function part({ id, args, flags, summary, description, examples = [] }) {
  const words = id.replaceAll(':', ' ');
  const usage = Object.values(args).map(({ name, required }) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  );
  const own = Object.values(flags).filter((flag) => !isGlobal(flag) && !flag.hidden);
  const argumentRows = Object.values(args).map(
    ({ name, description: text = '', required }) =>
      `| ${code(name.toUpperCase())} | ${cell(capital(text))}${required ? '; required' : ''} |`,
  );
  return [
    `## fanops ${words}`,
    sentence(fill(summary, id)),
    ...(description ? [fill(description, id)] : []),
    `\`\`\`sh\nfanops ${[words, ...usage].join(' ')}${own.length > 0 ? ' [flags]' : ''}\n\`\`\``,
    ...(argumentRows.length > 0 ? [['| argument | |', '| --- | --- |', ...argumentRows].join('\n')] : []),
    ...flagTable(own),
    `Examples:\n\n\`\`\`sh\n${examples.map((each) => fill(typeof each === 'string' ? each : each.command, id)).join('\n')}\n\`\`\``,
  ].join('\n\n');
}

/**
 * @param {readonly object[]} commands of fanops itself, as oclif loads them
 * @returns {string} the page
 */
export function commandsPage(commands) {
  const sorted = [...commands].sort((a, b) => a.id.localeCompare(b.id));
  const globals = new Map(
    sorted.flatMap(({ flags }) =>
      Object.values(flags)
        .filter(isGlobal)
        .map((flag) => [flag.name, flag]),
    ),
  );
  return `${[INTRO.trimEnd(), ...sorted.map(part), '## Global flags', ...flagTable([...globals.values()])].join('\n\n')}\n`;
}
