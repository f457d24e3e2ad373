import { existsSync, readFileSync } from 'node:fs';

/** What a fixture recorded so far, one JSON value per whole line; nothing when the file is not there yet. */
export function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .slice(0, -1)
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
