import type { Listing, ProviderIo } from './provider-io.js';
import type { Ownership } from './ownership.js';

/** A public address that stays while machines come and go. */
export interface PublicAddress {
  /** The provider's own identifier. */
  id: string;
  /** IPv4 in dotted form. */
  address: string;
  owner?: Ownership;
  /** Identifier of the machine that holds it. */
  heldBy?: string;
}

/** Public addresses of a provider. */
export interface AddressProvider {
  list(fleet: string): Promise<Listing<PublicAddress>>;
  /** Takes an address for a host, or returns the one it has. */
  allocate(owner: Ownership, io?: ProviderIo): Promise<PublicAddress>;
  /** Gives the address to the machine of a host; the machine that held it loses it only with `takeOver`. */
  associate(addressId: string, fleet: string, host: string, options?: { takeOver?: boolean }): Promise<PublicAddress>;
  /** Gives it back. Nothing to release is no error. */
  release(fleet: string, host: string, io?: ProviderIo): Promise<void>;
}
