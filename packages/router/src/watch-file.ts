import { watch, type FSWatcher } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const pollMs = 200;

/**
 * Calls `onText` with the content of a file that others replace by rename, one call at a time; undefined when the file is gone.
 * The directory is watched, since a rename gives the name to another inode; the poll covers file systems that notify nobody.
 * @returns stops watching, and resolves when a call under way has ended
 */
export function watchFile(
  file: string,
  onText: (text: string | undefined) => Promise<void>,
  onError: (error: Error) => void,
): () => Promise<void> {
  let seen: string | undefined;
  let again = false;
  let running: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    do {
      again = false;
      const mark = await markOf(file);
      if (mark === seen) continue;
      await onText(mark === gone ? undefined : await readFile(file, 'utf8'));
      seen = mark;
    } while (again);
  };
  const trigger = (): void => {
    again = true;
    // A look that failed is repeated by the next poll, as `seen` is unchanged.
    running ??= look().catch(onError).finally(() => { running = undefined; });
  };

  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(file), trigger).on('error', onError);
  } catch (error) {
    // No more inotify watches: the poll goes on alone.
    onError(error as Error);
  }
  const poll = setInterval(trigger, pollMs);
  trigger();
  return async () => {
    watcher?.close();
    clearInterval(poll);
    await running;
  };
}

const gone = 'gone';

async function markOf(file: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(file, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone;
    throw error;
  }
}
