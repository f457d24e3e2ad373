import { homedir } from 'node:os';
import { join } from 'node:path';

/** A path with a leading `~` replaced by the home folder. */
export const expandHome = (path: string, home = homedir()): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;

/** Where the keys lie that fanops makes for an operator. */
export const keyDir = (home: string): string => join(home, '.fanops', 'keys');

/** The key that fanops makes for a fleet; it may not be there yet. */
export const fleetKeyFile = (home: string, fleet: string): string => join(keyDir(home), fleet);
