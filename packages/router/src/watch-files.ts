import { watch, type FSWatcher } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { routeNames } from './desired.js';
import { routesDir, settingsFile } from './layout.js';

const pollMs = 200;

/**
 * Calls `onChange` when a file that a router's directory is run by was replaced, added or removed; one call at a time.
 * Directories are watched, since a rename gives the name to another inode; the poll covers file systems that notify
 * nobody.
 * @returns stops watching, and resolves when a call under way has ended
 */
export async function watchFiles(
  dir: string,
  onChange: () => Promise<void>,
  onError: (error: Error) => void,
): Promise<() => Promise<void>> {
  await mkdir(routesDir(dir), { recursive: true });
  let seen: string | undefined;
  let again = false;
  let running: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    do {
      again = false;
      const mark = await markOf(dir);
      if (mark === seen) continue;
      await onChange();
      seen = mark;
    } while (again);
  };
  const trigger = (): void => {
    again = true;
    // A look that failed is repeated by the next poll, as `seen` is unchanged.
    running ??= look()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  };

  const watchers: FSWatcher[] = [];
  try {
    for (const each of [dir, routesDir(dir)]) watchers.push(watch(each, trigger).on('error', onError));
  } catch (error) {
    // No more inotify watches: the poll goes on alone.
    onError(error as Error);
  }
  const poll = setInterval(trigger, pollMs);
  trigger();
  return async () => {
    watchers.forEach((watcher) => watcher.close());
    clearInterval(poll);
    await running;
  };
}

async function markOf(dir: string): Promise<string> {
  const files = [settingsFile(dir), ...(await routeNames(dir)).map((name) => join(routesDir(dir), name))];
  return (await Promise.all(files.map(markOfFile))).join('\n');
}

async function markOfFile(file: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(file, { bigint: true });
    return `${file} ${ino} ${mtimeNs} ${size}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `${dirname(file)} gone`;
    throw error;
  }
}
