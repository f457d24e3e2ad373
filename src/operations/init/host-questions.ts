import { free, type Answers, type Question } from './questions.js';
import type { ProviderModule, ProviderQuestion } from '../../providers/contracts/module.js';
import type { HostEntry, ProviderEntries } from './fleet-text.js';

const ADDRESS = /^(?:([^@\s]+)@)?(\[[0-9a-fA-F:.]+\]|[^\s:@[\]]+)(?::(\d{1,5}))?$/;

/** Word for a machine that exists, in place of a provider. */
export const EXISTING = 'existing';

const some = (text: string): true | string => text !== '' || 'It cannot be left out.';

/** A question of a provider, asked where a host of it is to be made. */
const asked = (
  provider: string,
  { key, message, required, check }: ProviderQuestion,
  configured: string[],
): Question => ({
  flag: key,
  message,
  applies: (before) => before.provider === provider && !configured.includes(provider),
  fallback: () => (required ? undefined : ''),
  check: (text) => (text === '' && !required ? true : (check ?? some)(text)),
});

/**
 * What is needed to know of a host. `taken`: names that exist; `configured`: providers that the file has a section for.
 */
export function hostQuestions(taken: string[], configured: string[], providers: readonly ProviderModule[]): Question[] {
  const choices = [
    ...providers.map(({ name, summary }) => ({ value: name, name: summary })),
    { value: EXISTING, name: 'a machine that exists and is reached by SSH' },
  ];
  return [
    {
      flag: 'host',
      message: 'Name of the host',
      check: free(taken),
      fallback: () =>
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `app-${number}`).find((name) => !taken.includes(name)),
    },
    {
      flag: 'provider',
      message: 'What the host is',
      choices,
      fallback: () => choices[0]?.value,
      check: (text) =>
        choices.some(({ value }) => value === text) || `There is: ${choices.map(({ value }) => value).join(', ')}.`,
    },
    {
      flag: 'address',
      message: 'Its address, [USER@]HOST[:PORT]',
      applies: ({ provider }) => provider === EXISTING,
      fallback: () => undefined,
      check: (text) => ADDRESS.test(text) || 'Write [USER@]HOST[:PORT].',
    },
    ...providers.flatMap(({ name, questions }) => questions.map((question) => asked(name, question, configured))),
  ];
}

/** The host of the answers. */
export function hostEntry({ provider, address = '' }: Answers, roles: string[]): HostEntry {
  return provider === EXISTING ? { roles, ...parseAddress(address) } : { provider, roles };
}

/** The section of the host's provider, where it needs one that the file has not. */
export function providerEntries(
  answers: Answers,
  configured: string[],
  providers: readonly ProviderModule[],
): ProviderEntries {
  const module = providers.find(({ name }) => name === answers.provider);
  if (!module || configured.includes(module.name)) return {};
  const given = module.questions.flatMap(({ key }) => (answers[key] ? [[key, answers[key]] as const] : []));
  return given.length > 0 ? { [module.name]: Object.fromEntries(given) } : {};
}

/** `[USER@]HOST[:PORT]` taken apart; the brackets of an IPv6 address go. */
function parseAddress(text: string): { address: string; user?: string; port?: number } {
  const [, user, address = '', port] = ADDRESS.exec(text) ?? [];
  return {
    address: address.replace(/^\[|\]$/g, ''),
    ...(user ? { user } : {}),
    ...(port ? { port: Number(port) } : {}),
  };
}
