import { basename } from 'node:path';
import { UserError } from '../../core/errors.js';
import { NAME, NAME_RULE } from '../../fleet/name.js';
import { asName, type FoundApp } from './apps.js';

/** Values by flag; a question that does not apply has none. */
export type Answers = Record<string, string>;

/** Something that `init` wants to know: a flag gives it, or a person answers. */
export interface Question {
  /** Name of the flag, without dashes. */
  flag: string;
  message: string;
  /** What a bare Enter means; undefined when it must be said. `before`: the answers so far. */
  fallback(before: Answers): string | undefined;
  /** True, or what is wrong with an answer. */
  check(text: string): true | string;
  /** What can be chosen from, when it is a list. */
  choices?: { name: string; value: string }[];
  /** False when the question does not apply after these answers. Absent: always. */
  applies?(before: Answers): boolean;
}

/** Asks questions in order; a question that does not apply is left out of the answers. */
export type Ask = (questions: Question[]) => Promise<Answers>;

const isName = (text: string): true | string =>
  NAME.test(text) || `${NAME_RULE[0]?.toUpperCase()}${NAME_RULE.slice(1)}.`;
const isPort = (text: string): true | string =>
  (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) || 'A port from 1 to 65535.';
/** Checks a name that must be new. */
export const free =
  (taken: string[]) =>
  (text: string): true | string =>
    taken.includes(text) ? `There is a "${text}" already.` : isName(text);

export const fleetQuestion = (dir: string): Question => ({
  flag: 'name',
  message: 'Name of the fleet',
  fallback: () => asName(basename(dir), 'fleet'),
  check: isName,
});

export const routerQuestion: Question = {
  flag: 'router-port',
  message: 'Port of the router (none: no router)',
  fallback: () => '8080',
  check: (text) => text === 'none' || isPort(text),
};

/** What the questions about a service build on. */
export interface ServiceFacts {
  /** Apps below the folder. */
  found: FoundApp[];
  /** Services, route paths and ports that the file has. */
  taken: { services: string[]; paths: string[]; ports: number[] };
  /** Hosts with the role app, when there is a choice. */
  hosts: string[];
  /** True when no service is no answer. */
  wanted: boolean;
  /** Whether the fleet has a router, by the answers so far. */
  routed(before: Answers): boolean;
}

/** What is needed to know of a service. */
export function serviceQuestions({ found, taken, hosts, wanted, routed }: ServiceFacts): Question[] {
  const some = (before: Answers): boolean => before.source !== '';
  const byHost: Question = {
    flag: 'host',
    message: 'Host to run it on',
    fallback: () => (hosts.length === 1 ? hosts[0] : undefined),
    applies: some,
    check: (text) => hosts.includes(text) || `There is: ${hosts.join(', ')}.`,
    choices: hosts.map((name) => ({ name, value: name })),
  };
  return [
    {
      flag: 'source',
      message: found.length > 0 ? 'Function app' : 'Folder of the function app (empty: none yet)',
      fallback: () => (found.length === 1 ? found[0]?.source : found.length === 0 && !wanted ? '' : undefined),
      check: (text) => text !== '' || !wanted || 'A folder, relative to the fleet file.',
      choices:
        found.length === 0
          ? undefined
          : [
              ...found.map(({ source }) => ({ name: source, value: source })),
              ...(wanted ? [] : [{ name: 'none yet', value: '' }]),
            ],
    },
    {
      flag: 'service',
      message: 'Name of the service',
      check: free(taken.services),
      applies: some,
      fallback: ({ source }) =>
        freeName(
          found.find((app) => app.source === source)?.name ?? asName(basename(source ?? ''), 'app'),
          taken.services,
        ),
    },
    {
      flag: 'url',
      message: 'Address of the function app, without the route prefix',
      fallback: () => undefined,
      applies: some,
      check: (text) => /^https?:\/\/[^/@\s]+(\/\S*)?$/.test(text) || 'An http or https address without credentials.',
    },
    {
      flag: 'route',
      message: 'Path that the router sends to it',
      applies: (before) => some(before) && routed(before),
      fallback: ({ source, service }) =>
        freePath(found.find((app) => app.source === source)?.route ?? '/api', service ?? '', taken.paths),
      check: (text) =>
        /^\/[^\s?#]*$/.test(text)
          ? !taken.paths.includes(text) || 'Another service has that path.'
          : 'A path that starts with /.',
    },
    ...(hosts.length > 0 ? [byHost] : []),
    {
      flag: 'port',
      message: 'Port of the service on the VM',
      fallback: (before) => String(freePort([...taken.ports, Number(before['router-port'])])),
      check: isPort,
      applies: some,
    },
  ];
}

const freePath = (path: string, service: string, taken: string[]): string =>
  taken.includes(path) ? `${path.replace(/\/$/, '')}/${service}` : path;

function freePort(taken: number[]): number {
  let port = 3000;
  while (taken.includes(port)) port += 1;
  return port;
}

const freeName = (name: string, taken: string[]): string => (taken.includes(name) ? `${name}-2` : name);

/** Settings from `KEY=REF`. @throws UserError for a text without `=`. */
export function parseSettings(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new UserError(`--setting: "${pair}" is no setting.`, {
          hint: 'Write KEY=REF, for example AzureWebJobsStorage=env:STORAGE.',
        });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
