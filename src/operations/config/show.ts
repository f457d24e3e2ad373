import { relative } from 'node:path';
import { locate, readLayer } from '../../fleet/layers.js';
import type { OperationContext } from '../../kit/context.js';

/** One value of the merged fleet file and where it comes from. */
export interface ConfigValue {
  /** Path in the file, e.g. `services.m1.route.path`. */
  path: string[];
  value: unknown;
  /** `FILE:LINE`, relative to the folder of the fleet. */
  source: string;
}

export interface ConfigShow {
  file: string;
  environment?: string;
  values: ConfigValue[];
}

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
    values.push({ path, value, source: `${relative(dir, place.file)}:${place.line}` });
  };
  walk(fleet.config, []);
  return { file: fleet.file, environment, values };
}
