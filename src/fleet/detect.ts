import { resolve } from 'node:path';
import { runtimeNamedIn, type SchemaRegistry } from './registry.js';

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

const mapOf = (value: unknown): Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Content) : {};
