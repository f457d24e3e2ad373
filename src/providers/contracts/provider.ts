import type { AddressProvider } from './addresses.js';
import type { ImageProvider } from './images.js';
import type { InstanceProvider } from './instances.js';
import type { NetworkProvider } from './networks.js';
import type { PricingProvider } from './pricing.js';
import type { SharedProvider } from './shared.js';

/** The capabilities that a provider may have. */
export interface Capabilities {
  instances: InstanceProvider;
  networks: NetworkProvider;
  addresses: AddressProvider;
  images: ImageProvider;
  pricing: PricingProvider;
  shared: SharedProvider;
}

/** An adapter to something that owns machines. A capability that is absent is not supported. */
export interface Provider extends Partial<Capabilities> {
  readonly name: string;
  /** Account, subscription or project and region, for output: lists never mix accounts. */
  readonly scope?: () => Promise<string>;
}
