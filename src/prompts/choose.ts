import { select } from '@inquirer/prompts';
import { UserError } from '../core/errors.js';
import { visibleLine } from '../core/visible.js';

/** A choice from a list of names. @throws UserError when the list is empty. */
export async function choose(message: string, names: string[]): Promise<string> {
  if (names.length === 0)
    throw new UserError(`${message} There is none in the fleet file.`, { nextSteps: ['fanops init'] });
  return select({ message, choices: names.map((name) => ({ name: visibleLine(name), value: name })) });
}
