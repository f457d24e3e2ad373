import { PreconditionError, UserError } from '../core/errors.js';
import type { Capabilities, Provider } from './contracts/provider.js';
import type { ProviderSetup } from './contracts/setup.js';

interface Entry {
  /** What it can do, known without loading it. */
  capabilities: readonly (keyof Capabilities)[];
  /** Loads it; no SDK is loaded before. */
  load(): Promise<(setup: never) => Provider>;
}

/** The one table of providers. */
export const providers = {
  local: {
    capabilities: ['instances'],
    load: async () => (await import('./local/index.js')).localProvider,
  },
  docker: {
    capabilities: ['instances', 'shared'],
    load: async () => (await import('./docker/index.js')).dockerProvider,
  },
  aws: {
    capabilities: ['instances', 'networks', 'addresses', 'images', 'pricing', 'shared'],
    load: async () => (await import('./aws/index.js')).awsProvider,
  },
  azure: {
    capabilities: ['instances', 'networks', 'addresses', 'images', 'pricing', 'shared'],
    load: async () => (await import('./azure/index.js')).azureProvider,
  },
  gcp: {
    capabilities: ['instances', 'networks', 'addresses', 'images', 'pricing'],
    load: async () => (await import('./gcp/index.js')).gcpProvider,
  },
} as const satisfies Record<string, Entry>;

export type ProviderName = keyof typeof providers;

/** Makes a provider. @throws UserError when there is none of that name. */
export async function makeProvider(name: string, setup: ProviderSetup): Promise<Provider> {
  if (!Object.hasOwn(providers, name)) {
    throw new UserError(`There is no provider "${name}".`, { hint: `There is: ${Object.keys(providers).join(', ')}.` });
  }
  const create = (await providers[name as ProviderName].load()) as (setup: ProviderSetup) => Provider;
  return create(setup);
}

/** A capability of a provider. @throws PreconditionError that names the providers that have it. */
export function capability<K extends keyof Capabilities>(provider: Provider, name: K): Capabilities[K] {
  const found = (provider as Partial<Pick<Capabilities, K>>)[name];
  if (found) return found;
  const able = Object.entries<Entry>(providers)
    .filter(([, entry]) => entry.capabilities.includes(name))
    .map(([each]) => each);
  throw new PreconditionError(`The provider ${provider.name} has no ${name}.`, {
    code: 'NO_CAPABILITY',
    hint: able.length > 0 ? `These have: ${able.join(', ')}.` : 'No provider has.',
  });
}
