import { closest, distance } from 'fastest-levenshtein';

/** The nearest of the names that exist, when one is near enough to be meant. */
export function nearest(wrong: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(wrong, known as string[]);
  return distance(wrong.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(wrong.length / 3))
    ? best
    : undefined;
}
