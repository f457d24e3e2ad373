import type { Clock } from '../../core/clock.js';
import type { Deadlines } from './deadlines.js';
import type { HttpAgent } from './http-proxy.js';

/** What the fleet file says of a host that a provider cares for before it is asked to make it. */
export interface HostWish {
  region?: string;
  zone?: string;
  size?: string;
  image?: string;
}

/**
 * What a provider is made from; `C` is the shape of its section in the fleet file. Nothing is connected or read before
 * a capability is used.
 */
export interface ProviderSetup<C = unknown> {
  /** Name of the fleet. */
  fleet: string;
  /** Folder that relative paths of the fleet file start from. */
  dir: string;
  /** Its section of `providers`; undefined when the file has none. */
  config: C | undefined;
  /** The hosts of the fleet file that it owns, by name. */
  hosts: Readonly<Record<string, HostWish>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder beside the fleet file for caches; it is made when it is asked for. */
  stateDir(): Promise<string>;
  clock: Clock;
  /** Aborted when the user stops; calls obey it. */
  signal?: AbortSignal;
  /** How long calls are waited for. Default: DEADLINES. */
  deadlines?: Deadlines;
  /** The agent of its HTTP clients where the environment names a proxy. Default: their own. */
  agent?: HttpAgent;
  /** Folder of templates that land on hosts. */
  templates: string;
}
