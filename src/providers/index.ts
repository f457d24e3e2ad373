import { PreconditionError, UserError } from '../core/errors.js';
import type { ProviderModule } from './contracts/module.js';
import type { Capabilities, Provider } from './contracts/provider.js';
import type { ProviderSetup } from './contracts/setup.js';

/** How each provider is loaded, by its name. */
export type ProviderTable = Readonly<Record<string, () => Promise<{ provider: ProviderModule }>>>;

/** The one table of providers: the name of a folder, and its config.ts. The first is what `init` proposes. */
export const PROVIDERS: ProviderTable = {
  local: () => import('./local/config.js'),
  docker: () => import('./docker/config.js'),
  aws: () => import('./aws/config.js'),
  azure: () => import('./azure/config.js'),
  gcp: () => import('./gcp/config.js'),
};

/** Loads what a provider says of itself; undefined when there is none of that name. */
export const providerModule = async (name: string, table = PROVIDERS): Promise<ProviderModule | undefined> =>
  Object.hasOwn(table, name) ? (await table[name]?.())?.provider : undefined;

/** Makes a provider. @throws UserError when there is none of that name. */
export async function makeProvider(name: string, setup: ProviderSetup, table = PROVIDERS): Promise<Provider> {
  const module = await providerModule(name, table);
  if (module) return (await module.load())(setup);
  throw new UserError(`There is no provider "${name}".`, { hint: `There is: ${Object.keys(table).join(', ')}.` });
}

/** Names of the providers that have a capability. None of them is loaded but for what it says of itself. */
export async function providersWith(name: keyof Capabilities, table = PROVIDERS): Promise<string[]> {
  const modules = await Promise.all(Object.values(table).map((load) => load()));
  return modules.flatMap(({ provider }) => (provider.capabilities.includes(name) ? [provider.name] : []));
}

/** A capability of a provider. @throws PreconditionError (code NO_CAPABILITY) that names the providers that have it. */
export async function capability<K extends keyof Capabilities>(
  provider: Provider,
  name: K,
  table = PROVIDERS,
): Promise<Capabilities[K]> {
  const found = (provider as Partial<Pick<Capabilities, K>>)[name];
  if (found) return found;
  const able = await providersWith(name, table);
  throw new PreconditionError(`The provider ${provider.name} has no ${name}.`, {
    code: 'NO_CAPABILITY',
    where: provider.name,
    hint: able.length > 0 ? `These have: ${able.join(', ')}.` : 'No provider has.',
  });
}
