import type { Listing, ProviderIo } from './provider-io.js';
import type { Ownership } from './ownership.js';

/** What may come in. */
export interface FirewallRule {
  protocol: 'tcp' | 'udp';
  /** First and last port. */
  ports: [number, number];
  /** Networks in CIDR notation. */
  from: string[];
  /** Why: `ssh`, `http`, `m1`. */
  purpose: string;
}

/** The firewall of one host: a security group, a network security group, or rules by target tag. */
export interface FirewallSpec extends Ownership {
  rules: FirewallRule[];
}

/** A firewall as its provider has it. */
export interface Firewall {
  /** The provider's own identifier. */
  id: string;
  owner: Ownership;
  /** Rules that let something in, sorted by port. */
  rules: FirewallRule[];
}

/** The firewalls of hosts. Every method is idempotent by fleet and host. */
export interface NetworkProvider {
  list(fleet: string): Promise<Listing<Firewall>>;
  find(fleet: string, host: string): Promise<Firewall | undefined>;
  /**
   * Makes the firewall, or brings the one that exists to exactly these rules; networks and subnets that it needs are
   * made as well.
   */
  ensure(spec: FirewallSpec, io?: ProviderIo): Promise<Firewall>;
  /** Removes it and what was made for it, when no machine uses it. Nothing to remove is no error. */
  remove(fleet: string, host: string, io?: ProviderIo): Promise<void>;
}

/** Rules by port, the networks of each in order: two firewalls with the same rules look the same. */
export const sortedRules = (rules: readonly FirewallRule[]): FirewallRule[] =>
  rules
    .map((rule) => ({ ...rule, from: [...rule.from].sort() }))
    .sort((a, b) => a.ports[0] - b.ports[0] || a.purpose.localeCompare(b.purpose));
