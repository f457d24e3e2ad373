import type { Listing, ProviderIo } from './provider-io.js';
import type { Ownership } from './ownership.js';

/**
 * Something that hosts of a fleet share: a resource group, a network, a key pair. It comes with the first host and goes
 * with the last one.
 */
export interface SharedThing {
  /** What it is, and the provider's own name of it: `resource group fanops-can2025`. */
  name: string;
  /** The run that made it; its host is `-`. */
  owner: Ownership;
}

/** What is left of things that hosts share when a run that made them died before there was a host. */
export interface SharedProvider {
  /** Those of a fleet that no host uses. */
  idle(fleet: string): Promise<Listing<SharedThing>>;
  /** Removes them. One that is used by now stays; nothing to remove is no error. */
  clear(fleet: string, io?: ProviderIo): Promise<void>;
}
