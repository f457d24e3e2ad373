// After a build: writes the JSON Schemas of the fleet file and of what use cases take and give, a snapshot of the command tree, docs/providers.md
// and docs/reference. With --check it only compares (exit 1).
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diff } from 'node:util';
import { Config } from '@oclif/core';
import { parse } from 'yaml';
import { commandsPage } from './lib/docs/commands-page.mjs';
import { exitCodesPage } from './lib/docs/exit-codes-page.mjs';
import { fleetPage } from './lib/docs/fleet-page.mjs';
import { providersPage } from './lib/docs/providers-page.mjs';
import { resultsPage } from './lib/docs/results-page.mjs';
import { useCaseSchemas } from './lib/use-case-schemas.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHOWN = 60;

const byName = ([a], [b]) => (a < b ? -1 : 1);

function flagFacts({ name, char, type, multiple, options, default: preset, env, helpValue }) {
  const given = typeof preset === 'function' ? undefined : preset;
  return { name, char, type, multiple: multiple || undefined, options, default: given, env, helpValue };
}

/** The commands of fanops itself, as users see them. */
async function ownCommands() {
  const config = await Config.load({ root });
  return config.commands.filter(({ pluginName, hidden }) => pluginName === config.pjson.name && !hidden);
}

/** What users type: ids, arguments, flags. */
function commandTree(own) {
  const entries = own.map(({ id, args, flags }) => [
    id.replaceAll(':', ' '),
    {
      args: Object.values(args).map(({ name, required }) => ({ name, required: required || undefined })),
      flags: Object.entries(flags)
        .sort(byName)
        .map(([, flag]) => flagFacts(flag)),
    },
  ]);
  return Object.fromEntries(entries.sort(byName));
}

/** The lines that are in one of two texts only, each run with the line before it. */
function difference(old, fresh) {
  const lines = diff(old.split('\n'), fresh.split('\n')).map(
    ([side, line]) => `${side === 0 ? ' ' : side > 0 ? '-' : '+'} ${line}`,
  );
  const shown = lines.filter((line, index) => !line.startsWith(' ') || (lines[index + 1] ?? ' ')[0] !== ' ');
  const more = shown.length > SHOWN ? [`  ... and ${shown.length - SHOWN} more lines`] : [];
  return [...shown.slice(0, SHOWN), ...more].join('\n');
}

function committed(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there yet: everything is new.
    return '';
  }
}

const dist = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const [{ fleetJsonSchema }, { everyModule }, { schemaRegistry }, exitCodes] = await Promise.all([
  dist('fleet/shape.js'),
  dist('fleet/registry.js'),
  dist('context/modules.js'),
  dist('core/exit-codes.js'),
]);
const modules = await everyModule(schemaRegistry());
const json = (content) => `${JSON.stringify(content, null, 2)}\n`;
const schema = fleetJsonSchema(modules);
const commands = await ownCommands();
const useCases = await useCaseSchemas(dist);
const example = parse(readFileSync(`${root}/examples/reference/fanops.yaml`, 'utf8'));
const contents = {
  'schemas/fleet.schema.json': json(schema),
  'schemas/commands.json': json(commandTree(commands)),
  'docs/providers.md': providersPage(modules, schema),
  'docs/reference/commands.md': commandsPage(commands),
  'docs/reference/exit-codes.md': exitCodesPage(exitCodes.ExitCode, exitCodes.EXIT_CODE_MEANINGS),
  'docs/reference/fleet.md': fleetPage(schema, modules.platforms, example),
  'docs/reference/results.md': resultsPage(useCases),
  ...Object.fromEntries(Object.entries(useCases).map(([name, content]) => [`schemas/${name}`, json(content)])),
};

for (const [name, fresh] of Object.entries(contents)) {
  const file = `${root}/${name}`;
  const old = committed(file);
  if (old === fresh) continue;
  if (process.argv.includes('--check')) {
    process.stdout.write(
      `${name} is not what the sources say; run: node scripts/schemas.mjs\n${difference(old, fresh)}\n`,
    );
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, fresh);
    process.stdout.write(`wrote ${name}\n`);
  }
}

// A use case that is gone leaves none behind.
for (const name of globSync('schemas/{options,results}/*.json', { cwd: root }).filter((each) => !(each in contents))) {
  if (process.argv.includes('--check')) {
    process.stdout.write(`${name} is of nothing in the catalog; run: node scripts/schemas.mjs\n`);
    process.exitCode = 1;
  } else {
    rmSync(`${root}/${name}`);
    process.stdout.write(`removed ${name}\n`);
  }
}
