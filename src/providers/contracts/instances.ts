import type { SshEndpoint } from '../../transports/transport.js';

/** State of a machine in one vocabulary for all providers. */
export type InstanceState = 'running' | 'stopped' | 'starting' | 'stopping' | 'missing';

/** What fanops asks a provider to make. */
export interface InstanceSpec {
  /** Name of the host in the fleet file; unique in the fleet. */
  name: string;
  fleet: string;
  roles: string[];
  /** Carried as a tag by everything that is made. */
  runId: string;
}

/** A machine as its provider sees it. */
export interface Instance {
  name: string;
  /** The provider's own identifier. */
  id: string;
  state: InstanceState;
  /** How SSH reaches it; undefined while it has no address. */
  endpoint?: SshEndpoint;
  createdAt?: string;
  tags: Record<string, string>;
}

/** Makes, finds and removes machines. Every method is idempotent by the host's name. */
export interface InstanceProvider {
  /** All machines of a fleet that this provider owns, also those that the fleet file does not name. */
  list(fleet: string): Promise<Instance[]>;
  find(fleet: string, name: string): Promise<Instance | undefined>;
  /** Makes the machine, or starts and returns the one that exists; resolves when it runs and has an endpoint. */
  create(spec: InstanceSpec, signal?: AbortSignal): Promise<Instance>;
  /** Stops the machine without removing it. */
  stop(fleet: string, name: string): Promise<void>;
  /** Removes the machine and all that belongs to it. Nothing to remove is no error. */
  destroy(fleet: string, name: string): Promise<void>;
}
