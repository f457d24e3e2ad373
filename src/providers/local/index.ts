import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Provider } from '../contracts/provider.js';
import type { ProviderSetup } from '../contracts/setup.js';
import { checkRoot } from './paths.js';
import { LocalInstances, type LocalProviderOptions } from './instances.js';

export type { LocalProviderOptions } from './instances.js';

/**
 * The provider of hosts on this machine: folders with an SSH server on the loopback interface. They are not isolated
 * from the machine.
 */
export function createLocalProvider(options: LocalProviderOptions): Provider {
  return { name: 'local', instances: new LocalInstances(options) };
}

/** `providers.local` of the fleet file. */
export interface LocalConfig {
  root?: string;
  /** First and last SSH port: `42000-42099`. */
  ports?: string;
}

/** The local provider as the fleet file describes it. */
export function localProvider({ config, dir }: ProviderSetup<LocalConfig>): Provider {
  const [from = 42000, to = 42099] = (config?.ports ?? '42000-42099').split('-').map(Number);
  const root = config?.root?.replace(/^~(?=\/)/, homedir()) ?? join(homedir(), '.fanops', 'local');
  const path = resolve(dir, root);
  checkRoot(path);
  // Clones of a fleet whose file names the folder share its hosts; in the folder of all fleets each fleet has its own.
  return createLocalProvider({
    root: path,
    portRange: [from, to],
    ...(config?.root === undefined && { dir: realpathSync(dir) }),
  });
}
