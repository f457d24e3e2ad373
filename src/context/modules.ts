import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fleet } from '../fleet/fleet.js';
import type { SchemaRegistry } from '../fleet/registry.js';
import type { Providers } from '../kit/context.js';
import { platformModule, PLATFORMS, type PlatformTable } from '../platforms/index.js';
import { engineModule, ENGINES, type EngineTable } from '../routers/index.js';
import { runtimeModule, RUNTIMES, type RuntimeTable } from '../runtimes/index.js';
import type { LookBounds } from '../providers/bounded.js';
import type { Capabilities, Provider } from '../providers/contracts/provider.js';
import type { ProviderSetup } from '../providers/contracts/setup.js';
import {
  capability,
  makeProvider,
  providerModule,
  PROVIDERS,
  providersWith,
  type ProviderTable,
} from '../providers/index.js';

const HERE = fileURLToPath(import.meta.url);

/** Tables in place of those that come with fanops. */
export interface ModuleTables {
  providers?: ProviderTable;
  platforms?: PlatformTable;
  runtimes?: RuntimeTable;
  engines?: EngineTable;
}

/** The tables of modules as a fleet file sees them. */
export function schemaRegistry({
  providers = PROVIDERS,
  platforms = PLATFORMS,
  runtimes = RUNTIMES,
  engines = ENGINES,
}: ModuleTables = {}): SchemaRegistry {
  const describe = {
    provider: (name: string) => providerModule(name, providers),
    platform: (name: string) => platformModule(name, platforms),
    runtime: (name: string) => runtimeModule(name, runtimes),
    engine: (name: string) => engineModule(name, engines),
  };
  const schemas = {
    provider: async (name: string) => (await describe.provider(name))?.config(await schemaValues()),
    platform: async (name: string) => (await describe.platform(name))?.placement(await schemaValues()),
    runtime: async (name: string) => (await describe.runtime(name))?.section?.(await schemaValues()),
    // All that an engine takes is in the schema of `router`.
    engine: () => Promise.resolve(undefined),
  };
  return {
    names: (kind) =>
      Object.keys({ provider: providers, platform: platforms, runtime: runtimes, engine: engines }[kind]),
    schema: (kind, name) => schemas[kind](name),
    describe: async (kind, name) => (await describe[kind](name)) as never,
    sources: () =>
      [
        ...Object.keys(PROVIDERS).map((name) => ['providers', name, 'config']),
        ['providers', 'contracts', 'module'],
        ...Object.keys(PLATFORMS).map((name) => ['platforms', name, 'config']),
        ['platforms', 'contracts', 'module'],
        ...Object.keys(RUNTIMES).map((name) => ['runtimes', name, 'config']),
        ['runtimes', 'contracts', 'module'],
        ...Object.keys(ENGINES).map((name) => ['routers', name, 'config']),
        ['platforms', 'placement'],
      ].map((path) => join(dirname(HERE), '..', `${join(...path)}${extname(HERE)}`)),
  };
}

const schemaValues = () => import('../fleet/schema-values.js');

export interface ProvidersOptions {
  /** Default: those that come with fanops. */
  table?: ProviderTable;
  fleet(): Promise<Fleet>;
  /** What providers share. */
  setup: Pick<ProviderSetup, 'env' | 'stateDir' | 'clock' | 'signal' | 'deadlines' | 'agent' | 'templates'>;
  bounds: LookBounds;
}

/** The providers of a fleet: each is made when it is first asked for. */
export function fleetProviders({ table = PROVIDERS, fleet, setup, bounds }: ProvidersOptions): Providers {
  const made = new Map<string, Promise<Provider>>();
  const make = async (name: string): Promise<Provider> => {
    const { name: fleetName, dir, config } = await fleet();
    const hosts = Object.entries(config.hosts).filter(([, host]) => host.provider === name);
    const section = config.providers?.[name];
    const { bounded } = await import('../providers/bounded.js');
    return bounded(
      await makeProvider(
        name,
        { ...setup, fleet: fleetName, dir, config: section, hosts: Object.fromEntries(hosts) },
        table,
      ),
      bounds,
    );
  };
  const get = (name: string): Promise<Provider> => {
    const provider = made.get(name) ?? make(name);
    made.set(name, provider);
    return provider;
  };
  return {
    get,
    capability: async (name, wanted) => capability(await get(name), wanted, table),
    findCapability: async <K extends keyof Capabilities>(name: string, wanted: K) => {
      const provider = (await get(name)) as Partial<Pick<Capabilities, K>>;
      return provider[wanted];
    },
    withCapability: (wanted) => providersWith(wanted, table),
  };
}
