import { free, type Answers, type Question } from './questions.js';
import type { HostEntry, ProviderEntries } from './fleet-text.js';

const ADDRESS = /^(?:([^@\s]+)@)?(\[[0-9a-fA-F:.]+\]|[^\s:@[\]]+)(?::(\d{1,5}))?$/;
const ZONE = /^[a-z]+-[a-z]+\d+-[a-z]$/;

/** Word for a machine that exists, in place of a provider. */
export const EXISTING = 'existing';

const OWNERS = [
  { value: 'local', name: 'a local host: a folder with an SSH server on this machine' },
  { value: 'docker', name: 'a container with systemd and SSH, made by Docker' },
  { value: 'aws', name: 'a machine of EC2 in AWS' },
  { value: 'azure', name: 'a virtual machine in Azure' },
  { value: 'gcp', name: 'a machine of Compute Engine in Google Cloud' },
  { value: EXISTING, name: 'a machine that exists and is reached by SSH' },
] as const;

const some = (text: string): true | string => text !== '' || 'It cannot be left out.';

/** What is needed to know of a host. `taken`: names that exist; `configured`: providers that the file has a section for. */
export function hostQuestions(taken: string[], configured: string[]): Question[] {
  const wants =
    (owner: string) =>
    ({ provider }: Answers): boolean =>
      provider === owner && !configured.includes(owner);
  const needed = (owner: string, flag: string, message: string, check = some): Question => ({
    flag,
    message,
    check,
    applies: wants(owner),
    fallback: () => undefined,
  });
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
      choices: [...OWNERS],
      fallback: () => 'local',
      check: (text) =>
        OWNERS.some(({ value }) => value === text) || `There is: ${OWNERS.map(({ value }) => value).join(', ')}.`,
    },
    {
      flag: 'address',
      message: 'Its address, [USER@]HOST[:PORT]',
      applies: ({ provider }) => provider === EXISTING,
      fallback: () => undefined,
      check: (text) => ADDRESS.test(text) || 'Write [USER@]HOST[:PORT].',
    },
    {
      flag: 'region',
      message: 'Region of AWS (empty: AWS_REGION, else that of the profile)',
      applies: wants('aws'),
      fallback: () => '',
      check: () => true,
    },
    needed('azure', 'subscription', 'Id of the subscription in Azure'),
    needed('azure', 'location', 'Region of Azure, such as westeurope'),
    needed('gcp', 'project', 'Id of the project in Google Cloud'),
    needed(
      'gcp',
      'zone',
      'Zone of Google Cloud, such as europe-west1-b',
      (text) => ZONE.test(text) || 'A zone: europe-west1-b.',
    ),
  ];
}

/** The host of the answers. */
export function hostEntry({ provider, address = '' }: Answers, roles: string[]): HostEntry {
  return provider === EXISTING ? { roles, ...parseAddress(address) } : { provider, roles };
}

/** The section of the host's provider, where it needs one that the file has not. */
export function providerEntries(
  { provider = '', region, subscription, location, project, zone }: Answers,
  configured: string[],
): ProviderEntries {
  if (configured.includes(provider)) return {};
  if (provider === 'aws') return region ? { aws: { region } } : {};
  if (provider === 'azure' && subscription && location) return { azure: { subscription, location } };
  return provider === 'gcp' && project && zone ? { gcp: { project, zone } } : {};
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
