import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from './record.js';

/** Says in a fleet's folder whose it is: the folder of the fleet file. */
export const OWNER_FILE = 'fleet.json';

/**
 * Name of the folder below `root` that has the hosts of a fleet. The first fleet of a name has one of that name,
 * further ones, of other folders, one
 * with a digest of theirs. A folder that does not say whose it is was made by an older fanops and belongs to all fleets
 * of the name, as it did then;
 * one whose owner has gone belongs to whom the fleet was moved to.
 * @param dir folder of the fleet file; without one there is one fleet of a name.
 */
export function fleetFolder(root: string, fleet: string, dir: string | undefined): string {
  if (dir === undefined) return fleet;
  const other = `${fleet}@${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`;
  if (existsSync(join(root, other))) return other;
  const owner = (readJson(join(root, fleet, OWNER_FILE)) as { dir?: string } | undefined)?.dir;
  return owner === undefined || owner === dir || !existsSync(owner) ? fleet : other;
}

/** Makes a fleet's folder when it is not there, and says in it whose it is. */
export function claimFolder(fleetDir: string, dir: string | undefined): void {
  const known = readJson(join(fleetDir, OWNER_FILE)) as { dir?: string } | undefined;
  if (dir === undefined || (existsSync(fleetDir) && known === undefined) || known?.dir === dir) return;
  mkdirSync(fleetDir, { recursive: true, mode: 0o700 });
  writeJson(join(fleetDir, OWNER_FILE), { dir });
}
