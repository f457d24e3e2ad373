import type { Clock } from '../core/clock.js';
import type { RunListener } from '../core/events.js';
import type { Scrubber, Secret } from '../core/secret.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Provider } from '../providers/contracts/provider.js';
import type { Operator, RunStore } from '../runs/store.js';
import type { Transport } from '../transports/transport.js';

/** Programs that fanops carries to hosts, each a single file on the control machine. */
export interface Assets {
  functionsHost: string;
  router: string;
  /** Folder of the files that land on hosts. */
  templates: string;
}

/** All that operations get from outside. Costly members are functions: nothing is opened before it is needed. */
export interface OperationContext {
  fleet(): Promise<Fleet>;
  /** The one connection to a host of the fleet. @throws UserError for a host that the file does not name. */
  transport(host: string): Promise<Transport>;
  /** The control machine itself, as a transport. */
  here(): Promise<Transport>;
  provider(name: string): Promise<Provider>;
  store(): Promise<RunStore>;
  /** The value behind a reference such as `env:NAME`. `where` is the path in the fleet file, for errors. */
  secret(reference: string, where: string): Promise<Secret>;
  operator(): Promise<Operator>;
  /** Forgets a host's connection and its known key, e.g. after it was destroyed. */
  forgetHost(host: string): Promise<void>;
  /** Folder beside the fleet file for journals and caches. */
  stateDir(): Promise<string>;
  readonly scrubber: Scrubber;
  readonly clock: Clock;
  readonly listener: RunListener;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly assets: Assets;
  readonly version: string;
}
