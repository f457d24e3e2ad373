import { ProviderError } from '../contracts/errors.js';
import { ownerOf } from '../contracts/ownership.js';

/** A thing that is this host's, or undefined when there is none. @throws ProviderError when the name is taken by something of somebody else. */
export function owned<T extends { name?: string; tags?: Record<string, string> }>(what: string, thing: T | undefined, fleet: string, host: string): T | undefined {
  const owner = ownerOf(thing?.tags ?? {});
  if (!thing || (owner?.fleet === fleet && owner.host === host)) return thing;
  throw new ProviderError(`Azure has a ${what} named ${thing.name} that fanops did not make for ${host}.`, {
    provider: 'azure', code: 'CONFLICT', where: `hosts.${host}`, hint: `Rename the host in the fleet file, or remove that ${what}.`,
  });
}
