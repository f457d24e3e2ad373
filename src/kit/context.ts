import type { Clock } from '../core/clock.js';
import type { RunListener } from '../core/events.js';
import type { Scrubber, Secret } from '../core/secret.js';
import type { StepHandlers } from '../core/step.js';
import type { Fleet } from '../fleet/fleet.js';
import type { PlatformCapability } from '../platforms/contracts/module.js';
import type { Platform } from '../platforms/contracts/platform.js';
import type { Capabilities, Provider } from '../providers/contracts/provider.js';
import type { EngineModule } from '../routers/contracts/module.js';
import type { Runtime } from '../runtimes/contracts/runtime.js';
import type { Operator, RunStore } from '../runs/store.js';
import type { SshEndpoint, Transport } from '../transports/transport.js';

/** Programs that fanops carries to hosts, each a single file on the control machine. */
export interface Assets {
  functionsHost: string;
  router: string;
  /** Asks a release that is tried, as the router will. */
  trialProbe: string;
  /** Folder of the files that land on hosts. */
  templates: string;
}

/** What an operator brings to the machines that he makes. */
export interface OperatorKeys {
  /** Public keys that may log in, `ssh-ed25519 AAAA... comment`. */
  authorizedKeys: string[];
  /** Those of them that `sshKeys` of the fleet file lists. */
  listedKeys: string[];
  /** 32 bytes that nobody else knows; the same for all runs of this operator on this machine. */
  secret: Buffer;
}

/** The providers of a fleet, by their names in its file. */
export interface Providers {
  /** @throws UserError when there is none of that name */
  get(name: string): Promise<Provider>;
  /** @throws PreconditionError (code NO_CAPABILITY), which names the providers that have it, when this one does not */
  capability<K extends keyof Capabilities>(name: string, capability: K): Promise<Capabilities[K]>;
  /** Undefined when this provider does not have it: for what goes without it. */
  findCapability<K extends keyof Capabilities>(name: string, capability: K): Promise<Capabilities[K] | undefined>;
  /** Names of all providers that have it, whether the fleet uses them or not. */
  withCapability(capability: keyof Capabilities): Promise<string[]>;
}

/** The platforms that there are. */
export interface Platforms {
  /** The code of one. @throws BugError when there is none of that name */
  load(name: string): Promise<Platform<OperationContext>>;
  /** Names of all platforms that have a capability, whether the fleet uses them or not. */
  withCapability(capability: PlatformCapability): Promise<string[]>;
}

/** The runtimes that there are. */
export interface Runtimes {
  /** The code of one. @throws BugError when there is none of that name */
  load(name: string): Promise<Runtime<OperationContext>>;
}

/** The engines of the router that there are. */
export interface Engines {
  /** All of them, in the order of their table, whether the fleet uses them or not. */
  all(): Promise<readonly EngineModule[]>;
}

/** The hosts of the fleet, and how this machine reaches them. */
export interface HostAccess {
  /** The one connection to a host of the fleet. @throws UserError for a host that the file does not name. */
  transport(host: string): Promise<Transport>;
  /** The control machine itself, as a transport. */
  controlMachine(): Promise<Transport>;
  /** Closes the connection to a host: the next use opens a new one, at the address that it has then. */
  forget(host: string): Promise<void>;
  /**
   * How a host is reached, by this machine's user. @throws PreconditionError (code NO_HOST) when its provider has it
   * not running.
   */
  endpoint(host: string): Promise<SshEndpoint>;
  /** The fleet's own file of known host keys. */
  knownHostsFile(): Promise<string>;
  /** Makes these the only keys that a host may show, each `ssh-ed25519 AAAA...`; none forgets it. */
  setKeys(host: string, keys: readonly string[]): Promise<void>;
  /**
   * Writes the keys that a provider vouches for into that file, where none of them is known: for programs that read the
   * file themselves.
   */
  seedKeys(host: string): Promise<void>;
  /** Keys for a host that a provider makes; those of fanops are made when they are missing. */
  operatorKeys(host: string): Promise<OperatorKeys>;
}

/** What fanops keeps on this machine about a fleet. */
export interface LocalState {
  /** The journal of runs. */
  store(): Promise<RunStore>;
  /** Folder beside the fleet file for journals and caches. */
  dir(): Promise<string>;
  /** Who runs fanops, as journals and locks name him. */
  operator(): Promise<Operator>;
}

/** Values that nobody may read in an output. */
export interface Secrets {
  /** The value behind a reference such as `env:NAME`. `where` is the path in the fleet file, for errors. */
  resolve(reference: string, where: string): Promise<Secret>;
  /** Takes the secrets that were used out of texts. */
  readonly scrubber: Scrubber;
}

/** Time, and who is told what happens. */
export interface ContextIo {
  readonly clock: Clock;
  readonly listener: RunListener;
}

/** All that operations get from outside. Costly members are functions: nothing is opened before it is needed. */
export interface OperationContext {
  fleet(): Promise<Fleet>;
  readonly hosts: HostAccess;
  readonly providers: Providers;
  readonly platforms: Platforms;
  readonly runtimes: Runtimes;
  readonly engines: Engines;
  readonly state: LocalState;
  readonly secrets: Secrets;
  readonly io: ContextIo;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The same context for work that ends with another signal. */
  withSignal(signal: AbortSignal): OperationContext;
  /**
   * Resolves when the user trusts what the fleet runs and sends. @throws PreconditionError (code UNTRUSTED) otherwise
   */
  trusted(): Promise<void>;
  /** The words before a command on this machine that take the network from it; none where it lets no user do that. */
  networkless(): Promise<readonly string[]>;
  /** The address under which this machine shows on the internet. */
  publicAddress(): Promise<string>;
  /** Handlers of steps by their kind, of all layers. */
  readonly stepTypes: StepHandlers<OperationContext>;
  readonly assets: Assets;
  readonly version: string;
}
