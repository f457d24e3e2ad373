import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AppPackage {
  name?: string;
  main?: string;
  type?: string;
  nodeEngine?: string;
  dependencies: string[];
  /** Why the file could not be used; it is a warning on Azure, never fatal (specification 1.5). */
  warning?: string;
}

/** Reads the app's package.json; only string values of `main` and `type` count (specification 1.5). */
export async function readAppPackage(root: string): Promise<AppPackage> {
  let parsed: unknown;
  try {
    parsed = JSON.parse((await readFile(join(root, 'package.json'), 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    return { dependencies: [], warning: `package.json cannot be read: ${(error as Error).message}` };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { dependencies: [], warning: 'package.json is not a JSON object' };
  }
  const fields = parsed as Record<string, unknown>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const keys = (value: unknown): string[] => (typeof value === 'object' && value ? Object.keys(value) : []);
  return {
    name: text(fields.name),
    main: text(fields.main),
    type: text(fields.type),
    nodeEngine: text((fields.engines as Record<string, unknown> | undefined)?.node),
    dependencies: [...keys(fields.dependencies), ...keys(fields.optionalDependencies)],
  };
}
