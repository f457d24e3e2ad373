import type { z } from 'zod';
import { relative } from 'node:path';
import type { Json } from '../../core/json.js';
import { locate, readLayer } from '../../fleet/layers.js';
import type { OperationContext } from '../../kit/context.js';
import type { result } from './show.schema.js';

/** One value of the merged fleet file and where it comes from. */
export type ConfigValue = ConfigShow['values'][number];

export type ConfigShow = z.output<typeof result>;

/**
 * The fleet file as fanops sees it, environment laid over, with the source of each value. References to secrets are not
 * followed.
 */
export async function configShow(ctx: OperationContext): Promise<ConfigShow> {
  const fleet = await ctx.fleet();
  const { files, environment, dir } = fleet.source;
  const layers = files.map(({ text, file }) => readLayer(text, file));
  const values: ConfigValue[] = [];
  const walk = (value: unknown, path: string[]): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
      return;
    }
    const place = locate(layers, path);
    values.push({ path, value: value as Json, source: `${relative(dir, place.file)}:${place.line}` });
  };
  walk(fleet.config, []);
  return { file: fleet.file, environment, values };
}
