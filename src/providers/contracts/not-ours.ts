import { ExitCode } from '../../core/exit-codes.js';
import { ProviderError } from './errors.js';
import { ownerOf, type Ownership } from './ownership.js';

/** How a provider is called in the fleet file, and in messages. */
export interface ProviderName {
  name: string;
  title: string;
}

/** The refusal of something that has the name of a thing of fanops and belongs to somebody else. Exit 5. */
export function notOurs(
  provider: ProviderName,
  what: string,
  name: string,
  owner: Pick<Ownership, 'fleet' | 'host'>,
  hint?: string,
): ProviderError {
  const shared = owner.host === '-';
  return new ProviderError(
    `${provider.title} has a ${what} named ${name} that fanops did not make for ` +
      `${shared ? `the fleet ${owner.fleet}` : owner.host}.`,
    {
      provider: provider.name,
      code: 'CONFLICT',
      exitCode: ExitCode.precondition,
      ...(shared ? {} : { where: `hosts.${owner.host}` }),
      hint: hint ?? `Rename the ${shared ? 'fleet' : 'host'} in the fleet file, or remove that ${what}.`,
    },
  );
}

/** Whether the tags of a thing say that it is of a fleet, and of a host of it; host `-` is what hosts share. */
export function isOwned(
  tags: Readonly<Record<string, string | undefined>> | null | undefined,
  { fleet, host }: Pick<Ownership, 'fleet' | 'host'>,
): boolean {
  const owner = ownerOf(tags ?? {});
  return owner?.fleet === fleet && owner.host === host;
}
