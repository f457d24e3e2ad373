import { resolve } from 'node:path';
import type { z } from 'zod';
import type { PlatformModule, PlatformModules } from '../platforms/contracts/module.js';
import type { ProviderModule } from '../providers/contracts/module.js';
import type { EngineModule, EngineModules, EngineSetting } from '../routers/contracts/module.js';
import type { RuntimeModule, RuntimeModules } from '../runtimes/contracts/module.js';

/** What modules of each kind say of themselves. */
interface Descriptions {
  provider: ProviderModule;
  platform: PlatformModule;
  runtime: RuntimeModule;
  engine: EngineModule;
}

/** What the fleet file may name that is no part of it: each kind has a table of modules. */
export type ModuleKind = keyof Descriptions;

const KINDS: readonly ModuleKind[] = ['provider', 'platform', 'runtime', 'engine'];

/** Names of modules by kind. */
export type ModuleNames = Readonly<Record<ModuleKind, readonly string[]>>;

/** The tables of modules, for a fleet file that knows none of them. A module is loaded when it is asked for. */
export interface SchemaRegistry {
  /** Names of the modules of a kind, in the order of their table. */
  names(kind: ModuleKind): readonly string[];
  /** The schema of the section of a module; undefined when there is none of that name, or it has no section. */
  schema(kind: ModuleKind, name: string): Promise<z.ZodType | undefined>;
  /** What a module says of itself; undefined when there is none of that name. No schema is loaded. */
  describe<K extends ModuleKind>(kind: K, name: string): Promise<Descriptions[K] | undefined>;
  /** Files of the modules that decide, beside those of this folder, what a right fleet file is. */
  sources(): readonly string[];
}

export type ProviderModules = ReadonlyMap<string, ProviderModule>;

/** What the modules that a fleet file names say of themselves. */
export interface FleetModules {
  /** Names of all modules, also of those that were not loaded, in the order of their tables. */
  readonly names: ModuleNames;
  readonly providers: ProviderModules;
  readonly platforms: PlatformModules;
  readonly runtimes: RuntimeModules;
  readonly engines: EngineModules;
}

/** Modules that were loaded, with their schemas. */
export interface LoadedModules extends FleetModules {
  schemas: Readonly<Record<ModuleKind, ReadonlyMap<string, z.ZodType>>>;
}

/** Loads something of each name; names for which there is nothing are left out. */
async function loaded<T>(
  names: readonly string[],
  load: (name: string) => Promise<T | undefined>,
): Promise<ReadonlyMap<string, T>> {
  const found = await Promise.all(names.map(load));
  return new Map(
    names.flatMap((name, at) => {
      const module = found[at];
      return module === undefined ? [] : [[name, module] as const];
    }),
  );
}

/** Loads what modules of a kind say of themselves. Names that no module has are left out. */
export const describeAll = <K extends ModuleKind>(
  registry: SchemaRegistry,
  kind: K,
  names = registry.names(kind),
): Promise<ReadonlyMap<string, Descriptions[K]>> => loaded(names, (name) => registry.describe(kind, name));

/** The same for the modules of all kinds that a fleet file names. */
export async function describeModules(registry: SchemaRegistry, names: ModuleNames): Promise<FleetModules> {
  const [providers, platforms, runtimes, engines] = await Promise.all([
    describeAll(registry, 'provider', names.provider),
    describeAll(registry, 'platform', names.platform),
    describeAll(registry, 'runtime', names.runtime),
    describeAll(registry, 'engine', names.engine),
  ]);
  return { names: namesOf(registry), providers, platforms, runtimes, engines };
}

/** Loads modules with the schemas of their sections. */
export async function loadModules(registry: SchemaRegistry, names: ModuleNames): Promise<LoadedModules> {
  const schemas = (kind: ModuleKind) => loaded(names[kind], (name) => registry.schema(kind, name));
  return {
    schemas: {
      provider: await schemas('provider'),
      platform: await schemas('platform'),
      runtime: await schemas('runtime'),
      engine: await schemas('engine'),
    },
    ...(await describeModules(registry, names)),
  };
}

const namesOf = (registry: SchemaRegistry): ModuleNames =>
  Object.fromEntries(KINDS.map((kind) => [kind, registry.names(kind)])) as ModuleNames;

/**
 * Loads all modules: for what is told of all of them, such as the JSON Schema, and errors that say what else there is.
 */
export const everyModule = (registry: SchemaRegistry): Promise<LoadedModules> =>
  loadModules(registry, namesOf(registry));

/**
 * Names of modules that the content of a fleet file has. Whether they exist is not looked at. A service that names no
 * runtime has that of a section that it has, else the first of the table; a router that names no engine has the first.
 */
export function modulesNamedIn(content: unknown, registry: Pick<SchemaRegistry, 'names'>): ModuleNames {
  const { hosts, providers, router, services } = mapOf(content);
  const runtimes = registry.names('runtime');
  const placements = Object.values(mapOf(services)).flatMap((service) =>
    Object.values(mapOf(mapOf(service).placements)),
  );
  return {
    provider: texts([
      ...Object.values(mapOf(hosts)).map((host) => mapOf(host).provider),
      ...Object.keys(mapOf(providers)),
    ]),
    platform: texts(placements.map((placement) => mapOf(placement).platform)),
    runtime: texts(Object.values(mapOf(services)).map((service) => runtimeNamedIn(mapOf(service), runtimes))),
    engine: router === undefined ? [] : texts([engineNamedIn(mapOf(router), registry.names('engine'))]),
  };
}

/** The runtime of a service. @param runtimes names of all, in the order of their table */
export const runtimeNamedIn = (service: { readonly runtime?: unknown }, runtimes: readonly string[]): unknown =>
  service.runtime ?? runtimes.find((name) => Object.hasOwn(service, name)) ?? runtimes[0];

/** The engine of a router. @param engines names of all, in the order of their table */
export const engineNamedIn = (router: { readonly engine?: unknown }, engines: readonly string[]): unknown =>
  router.engine ?? engines[0];

/** Names of the engines that take a setting of the router. */
export const enginesTaking = (engines: EngineModules, setting: EngineSetting): string[] =>
  [...engines.values()].flatMap(({ name, settings }) => (settings.includes(setting) ? [name] : []));

type Content = Record<string, unknown>;

/**
 * The content of a fleet file in which each service that names no runtime, and has no section of one, names the one
 * that its source is written for. Where none finds an app of its own, that of the table's beginning stays the default.
 * @param dir folder that relative paths start from
 */
export async function withDetectedRuntimes<T>(content: T, dir: string, registry: SchemaRegistry): Promise<T> {
  const { services } = mapOf(content);
  const names = registry.names('runtime');
  const open = Object.entries(mapOf(services)).filter(
    ([, service]) => typeof mapOf(service).source === 'string' && runtimeNamedIn(mapOf(service), names) === names[0],
  );
  const found: Content = {};
  for (const [key, service] of open) {
    if (mapOf(service).runtime !== undefined) continue;
    const runtime = await detect(resolve(dir, String(mapOf(service).source)), registry);
    if (runtime !== undefined && runtime !== names[0]) found[key] = { ...mapOf(service), runtime };
  }
  return Object.keys(found).length === 0 ? content : { ...content, services: { ...mapOf(services), ...found } };
}

/** The first runtime that finds its own app in a folder. No other is loaded. */
async function detect(dir: string, registry: SchemaRegistry): Promise<string | undefined> {
  for (const name of registry.names('runtime'))
    if (await (await registry.describe('runtime', name))?.detect(dir)) return name;
  return undefined;
}

const texts = (values: readonly unknown[]): string[] =>
  [...new Set(values)].filter((value) => typeof value === 'string');

const mapOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
