/**
 * Of things with a date from which they hold those of the newest date that has begun. Those without a date count where
 * none has one.
 * @param since ISO date of a thing
 * @param now in milliseconds
 */
export function inForce<T>(things: readonly T[], since: (thing: T) => string | undefined, now: number): T[] {
  const begun = things.filter((thing) => !(Date.parse(since(thing) ?? '') > now));
  const newest = Math.max(...begun.map((thing) => Date.parse(since(thing) ?? '')).filter(Number.isFinite));
  return Number.isFinite(newest) ? begun.filter((thing) => Date.parse(since(thing) ?? '') === newest) : begun;
}
