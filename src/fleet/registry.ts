import type { z } from 'zod';
import type { ProviderModule } from '../providers/contracts/module.js';

/** What the fleet file may name that is no part of it: each kind has a table of modules. */
export type ModuleKind = 'provider';

/** The tables of modules, for a fleet file that knows none of them. A module is loaded when it is asked for. */
export interface SchemaRegistry {
  /** Names of the modules of a kind, in the order of their table. */
  names(kind: ModuleKind): readonly string[];
  /** The schema of the section of a module; undefined when there is none of that name. */
  schema(kind: ModuleKind, name: string): Promise<z.ZodType | undefined>;
  /** What a provider says of itself; undefined when there is none of that name. No schema is loaded. */
  provider(name: string): Promise<ProviderModule | undefined>;
  /** Files of the modules that decide, beside those of this folder, what a right fleet file is. */
  sources(): readonly string[];
}

export type ProviderModules = ReadonlyMap<string, ProviderModule>;

/** Modules that were loaded, with their schemas. */
export interface LoadedModules {
  /** Names of all modules by kind, also of those that were not loaded. */
  names: Readonly<Record<ModuleKind, readonly string[]>>;
  schemas: Readonly<Record<ModuleKind, ReadonlyMap<string, z.ZodType>>>;
  providers: ProviderModules;
}

/** Loads what providers say of themselves. Names that no provider has are left out. */
export async function loadProviders(registry: SchemaRegistry, names: readonly string[]): Promise<ProviderModules> {
  const loaded = await Promise.all(names.map((name) => registry.provider(name)));
  return new Map(names.flatMap((name, at) => (loaded[at] ? [[name, loaded[at]] as const] : [])));
}

/** Loads providers with the schemas of their sections. */
export async function loadModules(registry: SchemaRegistry, names: readonly string[]): Promise<LoadedModules> {
  const schemas = await Promise.all(names.map((name) => registry.schema('provider', name)));
  return {
    names: { provider: registry.names('provider') },
    schemas: { provider: new Map(names.flatMap((name, at) => (schemas[at] ? [[name, schemas[at]] as const] : []))) },
    providers: await loadProviders(registry, names),
  };
}

/**
 * Loads all modules: for what is told of all of them, such as the JSON Schema, and errors that say what else there is.
 */
export const everyModule = (registry: SchemaRegistry): Promise<LoadedModules> =>
  loadModules(registry, registry.names('provider'));

/**
 * Names of providers that the content of a fleet file has: of hosts, and of sections. Whether they exist is not looked
 * at.
 */
export function providersNamedIn(content: unknown): string[] {
  const { hosts, providers } = (content ?? {}) as { hosts?: unknown; providers?: unknown };
  const ofHosts = Object.values(mapOf(hosts)).map((host) => mapOf(host).provider);
  return [...new Set([...ofHosts, ...Object.keys(mapOf(providers))])].filter((name) => typeof name === 'string');
}

const mapOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
