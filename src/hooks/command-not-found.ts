import { UserError } from '../core/errors.js';
import { nearest } from '../fleet/nearest.js';
import type { Hook } from '../oclif.js';
import { errorJson, renderError } from '../ui/error.js';
import { jsonText } from '../ui/terminal-text.js';
import { styleFor } from '../ui/style.js';

/** A word that is no command: what exists is told, and which of it was meant. */
const commandNotFound: Hook<'command_not_found'> = async ({ id, argv = [], config }) => {
  const words = id.split(':');
  const typed = words.join(' ');
  const own = config.commands
    .filter(({ pluginName, hidden }) => pluginName === config.name && !hidden)
    .map((command) => command.id.replaceAll(':', ' '));
  const [topic = ''] = words;
  const below = own.filter((command) => command.startsWith(`${topic} `));
  const near = nearest(typed, own) ?? (words.length > 1 ? nearest(topic, own) : undefined);
  const error = new UserError(`There is no command "${typed}".`, {
    code: 'UNKNOWN_NAME',
    hint:
      below.length > 0
        ? `There is: ${below.join(', ')}.`
        : `There is: ${[...new Set(own.map((command) => command.split(' ')[0]))].join(', ')}.`,
    nextSteps: [`${config.bin} ${near ?? (below.length > 0 ? topic : '')} --help`.replace('  ', ' ')],
  });
  if (argv.includes('--json')) process.stdout.write(`${jsonText(errorJson(error), 2)}\n`);
  else process.stderr.write(`${renderError(error, await styleFor(process.stderr, process.env))}\n`);
  process.exitCode = error.exitCode;
};

export default commandNotFound;
