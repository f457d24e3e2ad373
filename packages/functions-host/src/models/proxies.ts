import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asObject, parseJsonWithComments } from '../config/json.js';

/** Whether the app has a proxies.json with entries: a feature that current hosts no longer have (specification 1.8). */
export function hasProxies(root: string): boolean {
  const file = join(root, 'proxies.json');
  if (!existsSync(file)) return false;
  try {
    return Object.keys(asObject(asObject(parseJsonWithComments(readFileSync(file, 'utf8')))?.proxies) ?? {}).length > 0;
  } catch {
    return true; // unreadable, so it cannot be called empty
  }
}
