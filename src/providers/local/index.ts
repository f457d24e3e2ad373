import type { Provider } from '../contracts/provider.js';
import { LocalInstances, type LocalProviderOptions } from './instances.js';

export type { LocalProviderOptions } from './instances.js';

/** The provider of hosts on this machine: folders with an SSH server on the loopback interface. They are not isolated from the machine. */
export function createLocalProvider(options: LocalProviderOptions): Provider {
  return { name: 'local', instances: new LocalInstances(options) };
}
