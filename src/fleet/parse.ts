import { dirname } from 'node:path';
import { fleetOf, type Fleet } from './fleet.js';
import type { Layer, SourceFile } from './layers.js';
import { mergeLayers, readLayer } from './layers.js';
import { fleetError, toProblems } from './problems.js';
import { checkReferences } from './references.js';
import {
  everyModule,
  loadModules,
  modulesNamedIn,
  withDetectedRuntimes,
  type LoadedModules,
  type SchemaRegistry,
} from './registry.js';
import { fleetSchema, type FleetFile } from './schema.js';
import { knownKeys, nodeOf, withoutExtensions } from './shape.js';

/** The content of a fleet file that was found right, and the modules that it names. */
export interface CheckedContent {
  config: FleetFile;
  modules: LoadedModules;
  /** The same without runtimes that were found by looking at sources. */
  written: FleetFile;
}

/**
 * The content of a fleet file, environment laid over it. @throws UserError with path, line and nearest key for
 * everything that is wrong.
 */
export async function checkFiles(files: readonly SourceFile[], registry: SchemaRegistry): Promise<CheckedContent> {
  const layers = files.map(({ text, file }) => readLayer(text, file));
  const merged = mergeLayers(layers);
  const content = await withDetectedRuntimes(merged, dirname(files[0]?.file ?? ''), registry);
  const modules = await loadModules(registry, modulesNamedIn(content, registry));
  try {
    const config = checkContent(layers, content, modules);
    return { config, modules, written: content === merged ? config : withoutRuntimes(config, merged) };
  } catch (error) {
    // What else could stand there is told of all modules.
    checkContent(layers, content, await everyModule(registry));
    throw error;
  }
}

/** Services name no runtime where the file names none. */
function withoutRuntimes(config: FleetFile, merged: unknown): FleetFile {
  const { services: named = {} } = merged as { services?: Record<string, { runtime?: unknown }> };
  const services = Object.entries(config.services ?? {}).map(([name, { runtime, ...service }]) =>
    named[name]?.runtime === undefined ? [name, service] : [name, { ...service, runtime }],
  );
  return { ...config, services: Object.fromEntries(services) as FleetFile['services'] };
}

/** The same for content that was read, with modules that were loaded. */
export function checkContent(layers: readonly Layer[], content: unknown, modules: LoadedModules): FleetFile {
  const schema = fleetSchema(modules);
  const node = nodeOf(schema);
  const parsed = schema.safeParse(withoutExtensions(content, node));
  if (!parsed.success)
    throw fleetError(
      layers,
      parsed.error.issues.flatMap((issue) => toProblems(issue, knownKeys(content, node))),
    );
  const problems = checkReferences(parsed.data, modules);
  if (problems.length > 0) throw fleetError(layers, problems);
  return parsed.data;
}

/** Checks the text of a fleet file; `file` is named in errors and gives the folder for relative paths. */
export async function parseFleet(text: string, file: string, registry: SchemaRegistry): Promise<Fleet> {
  const { config, modules } = await checkFiles([{ text, file }], registry);
  return fleetOf(config, [{ text, file }], modules);
}
