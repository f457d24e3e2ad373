const INTRO = `# Providers

Written by \`node scripts/schemas.mjs\` from what each provider says of itself (\`src/providers/NAME/config.ts\`). How hosts are made and what they get:
[Hosts](hosts.md).
`;

const NETWORKS = {
  loopback: 'a part of this machine, reached at 127.0.0.1',
  bridge: 'on a network of this machine',
  routed: 'at addresses of their own',
};

const code = (text) => `\`${text}\``;
const list = (texts) => (texts.length > 0 ? texts.map(code).join(', ') : 'none');
const cell = (text) => text.replaceAll('|', '\\|');

function part({ name, summary, capabilities, hostFields, traits, plainSettings }, section) {
  const { properties, required = [] } = section;
  const facts = [
    `- Capabilities: ${list(capabilities)}`,
    `- Fields of hosts: ${list(hostFields)}`,
    `- Hosts are ${NETWORKS[traits.network]}. ${traits.bootstrap ? 'fanops installs what they need' : 'Nothing is installed there'}; login: ${
      traits.firstBoot ? code(traits.firstBoot.login) : 'the user of this machine'
    }.`,
  ];
  const rows = Object.entries(properties).map(([key, { description = '' }]) => {
    const needed = required.includes(key) ? 'yes' : 'no';
    return `| ${code(key)} | ${needed} | ${plainSettings.includes(key) ? 'no' : 'yes'} | ${cell(description)} |`;
  });
  const table = ['| key | required | needs trust | |', '| --- | --- | --- | --- |', ...rows];
  return `## ${name}\n\n${summary[0].toUpperCase()}${summary.slice(1)}.\n\n${facts.join('\n')}\n\n${table.join('\n')}\n`;
}

/** The page of docs about all providers: from their modules, and from the JSON Schema of the fleet file. */
export const providersPage = ({ providers }, schema) =>
  [
    INTRO,
    ...[...providers.values()].map((module) => part(module, schema.properties.providers.properties[module.name])),
  ].join('\n');
