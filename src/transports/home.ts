import { homedir } from 'node:os';
import { join } from 'node:path';

/** A path with a leading `~` replaced by the home folder. */
export const expandHome = (path: string, home = homedir()): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
