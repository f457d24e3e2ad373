import { existsSync, readFileSync } from 'node:fs';

/** What a fixture recorded so far, one JSON value per line; nothing when the file is not there yet. */
export function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as T);
}
