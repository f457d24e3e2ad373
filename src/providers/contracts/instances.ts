import type { SshEndpoint } from '../../transports/transport.js';
import type { Firewall } from './networks.js';
import type { Ownership } from './ownership.js';
import type { Listing, ProviderIo } from './provider-io.js';

/** State of a machine in one vocabulary for all providers. */
export type InstanceState = 'running' | 'stopped' | 'starting' | 'stopping' | 'failed' | 'missing';

/** What fanops asks a provider to make. A provider takes what concerns it and leaves the rest. */
export interface InstanceSpec {
  /** Name of the host in the fleet file; unique in the fleet. */
  name: string;
  fleet: string;
  roles: string[];
  /** Carried as a tag by everything that is made. */
  runId: string;
  /** Size in the provider's own words: `t3.small`, `Standard_B1s`, `e2-small`. Default: the provider's. */
  size?: string;
  /** `debian-12`, `ubuntu-24.04`, or the provider's own identifier. Default: debian-12. */
  image?: string;
  /** Zone or availability zone. Default: the provider's. */
  zone?: string;
  /** Root disk in GiB. Default: the provider's. */
  diskGiB?: number;
  /**
   * What cloud-init carries out at the first boot, a `#cloud-config` document. Holds the first host key: never logged.
   */
  userData?: string;
  /**
   * The same as a script that root runs at each boot, for providers whose images may lack cloud-init. Holds the first
   * host key: never logged.
   */
  bootScript?: string;
  /** Login that the user data makes. */
  user?: string;
  /** Public keys of the operator, `ssh-ed25519 AAAA...`. */
  authorizedKeys?: string[];
  /** Host key that the user data brings, `ssh-ed25519 AAAA...`; vouched for until `describe` tells another. */
  hostKey?: string;
  /** What `NetworkProvider.ensure` gave. */
  firewall?: Firewall;
  /**
   * Ports that users reach on the host; a provider whose hosts have no address of their own publishes them on this
   * machine.
   */
  publish?: number[];
  /** Idempotency token: the same for every try of one step of one run. */
  token?: string;
}

/** A machine as its provider sees it. */
export interface Instance {
  name: string;
  /** The provider's own identifier. */
  id: string;
  state: InstanceState;
  /**
   * How SSH reaches it, without the operator's key unless the provider keeps one; undefined while it has no address.
   */
  endpoint?: SshEndpoint;
  /** ISO time. */
  createdAt?: string;
  size?: string;
  image?: string;
  zone?: string;
  /** Region, in whose prices it is paid. */
  region?: string;
  /** Address inside the provider's network. */
  privateAddress?: string;
  /** Fleet, host, run and roles, and what others put there. */
  tags: Record<string, string>;
  /** Who asked for it; undefined when the tags do not tell. */
  owner?: Ownership;
}

/** What may be told about a machine after it was made. */
export interface InstanceFacts {
  /** The host key that the machine has now, `ssh-ed25519 AAAA...`. Kept where every colleague sees it. */
  hostKey?: string;
}

/** Makes, finds and removes machines. Every method is idempotent by the host's name. */
export interface InstanceProvider {
  /** All machines of a fleet that this provider owns, also those that the fleet file does not name. */
  list(fleet: string): Promise<Listing<Instance>>;
  find(fleet: string, name: string): Promise<Instance | undefined>;
  /** Makes the machine, or starts and returns the one that exists; resolves when it runs and has an endpoint. */
  create(spec: InstanceSpec, io?: ProviderIo): Promise<Instance>;
  /** Stops the machine without removing it, or restarts it. A machine that is not there is no error for `stop`. */
  power(fleet: string, name: string, action: 'stop' | 'restart', io?: ProviderIo): Promise<void>;
  /**
   * Keeps facts of the machine with the machine. A provider that reads them from the machine itself has nothing to do.
   */
  describe(fleet: string, name: string, facts: InstanceFacts): Promise<void>;
  /** Removes the machine and all that belongs to it. Nothing to remove is no error. */
  destroy(fleet: string, name: string, io?: ProviderIo): Promise<void>;
}
