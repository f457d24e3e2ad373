import { input, select } from '@inquirer/prompts';
import { UserError } from '../core/errors.js';
import { visible, visibleLine } from '../core/visible.js';
import type { Answers, Question } from '../operations/init/questions.js';
import { fillMissing, type Wanted } from './missing.js';

export interface AskOptions {
  /** Values of the flags that were given. */
  given: Answers;
  interactive: boolean;
  /** True to take what a bare Enter means, and to ask only where there is no such thing. */
  defaults: boolean;
  signal?: AbortSignal;
}

/**
 * Answers the questions of `init`: by flags, by questions in a terminal, else by their defaults.
 * @throws UserError for a flag with a bad value, and one that lists everything that is missing when nobody can be
 * asked.
 */
export async function askQuestions(
  questions: Question[],
  { given, interactive, defaults, signal }: AskOptions,
): Promise<Answers> {
  const answers: Answers = {};
  const missing: Wanted[] = [];
  for (const question of questions) {
    if (question.applies && !question.applies(answers)) continue;
    const flag = `--${question.flag}`;
    const value = given[question.flag] ?? (defaults || !interactive ? question.fallback(answers) : undefined);
    const wanted = { name: flag, value, ask: () => askOne(question, answers, signal) };
    if (value === undefined && !interactive) missing.push(wanted);
    else answers[question.flag] = value === undefined ? await wanted.ask() : checked(flag, value, question);
  }
  await fillMissing(missing, interactive);
  return answers;
}

function checked(flag: string, value: string, question: Question): string {
  const verdict = question.check(value);
  if (verdict !== true) throw new UserError(`${flag}: "${value}" will not do.`, { hint: verdict });
  return value;
}

async function askOne(
  { message, fallback, check, choices }: Question,
  before: Answers,
  signal?: AbortSignal,
): Promise<string> {
  const shown = visible(message);
  const given = fallback(before);
  if (choices) {
    const named = choices.map((choice) => ({ ...choice, name: visibleLine(choice.name) }));
    return select({ message: shown, choices: named, default: given }, { signal });
  }
  const validate = (text: string): true | string => {
    const verdict = check(text.trim());
    return verdict === true || visible(verdict);
  };
  // A default is shown as it is: one with control characters, such as a folder's name, is to be typed by who means it.
  const safe = given === undefined || visibleLine(given) === given ? given : undefined;
  return (await input({ message: shown, default: safe, validate }, { signal })).trim();
}

/** Settings one by one, until a bare Enter. */
export async function askSettings(signal?: AbortSignal): Promise<string[]> {
  const pairs: string[] = [];
  for (;;) {
    const pair = await input(
      {
        message:
          pairs.length === 0
            ? 'App setting KEY=REF, REF is env:, file: or cmd: (empty: none)'
            : 'Another one (empty: go on)',
        validate: (text) => text === '' || /^[A-Za-z_][A-Za-z0-9_.:-]*=/.test(text) || 'Write KEY=REF.',
      },
      { signal },
    );
    if (pair === '') return pairs;
    pairs.push(pair.trim());
  }
}

/** What to add to a fleet file that is there. */
export const askAddition = (file: string, signal?: AbortSignal): Promise<'host' | 'service' | 'nothing'> =>
  select(
    {
      message: `${visibleLine(file)} is there. What shall be added to it?`,
      choices: [
        { name: 'a host', value: 'host' as const },
        { name: 'a service', value: 'service' as const },
        { name: 'nothing', value: 'nothing' as const },
      ],
    },
    { signal },
  );
