import { isOwned, notOurs } from '../contracts/not-ours.js';

export const AZURE = { name: 'azure', title: 'Azure' } as const;

/**
 * A thing that is this host's, or undefined when there is none. @throws ProviderError when the name is taken by
 * something of somebody else.
 */
export function owned<T extends { name?: string; tags?: Record<string, string> }>(
  what: string,
  thing: T | undefined,
  fleet: string,
  host: string,
): T | undefined {
  if (!thing || isOwned(thing.tags, { fleet, host })) return thing;
  throw notOurs(AZURE, what, thing.name ?? '', { fleet, host });
}
