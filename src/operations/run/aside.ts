import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const JOURNALS = ['runs.db', 'runs.db-wal'];

/**
 * The name of the state folder beside a fleet file that was set aside and has a run of that id; undefined when none
 * has. Its journals may come from
 * anybody: they are searched for the bytes of the id, and not opened.
 */
export async function stateWithRun(dir: string, id: string): Promise<string | undefined> {
  const asides = (await entries(dir)).filter((name) => name.startsWith('.fanops.aside-')).sort();
  for (const aside of asides) {
    const folders = ['.', ...(await entries(join(dir, aside, 'env'))).map((name) => join('env', name))];
    for (const file of folders.flatMap((folder) => JOURNALS.map((name) => join(dir, aside, folder, name)))) {
      if (await holds(file, id)) return aside;
    }
  }
  return undefined;
}

const entries = (dir: string): Promise<string[]> => readdir(dir).catch(() => []);

async function holds(file: string, text: string): Promise<boolean> {
  try {
    if (!(await lstat(file)).isFile()) return false;
    let rest = '';
    for await (const chunk of createReadStream(file, { encoding: 'latin1' }) as AsyncIterable<string>) {
      const seen = rest + chunk;
      if (seen.includes(text)) return true;
      rest = seen.slice(1 - text.length);
    }
  } catch {
    // Not there, or not to be read by this user.
  }
  return false;
}
