/** Id of a release: sorts by time and tells the source, e.g. `20261121-021136-4f2a90c1`. */
export function newReleaseId(now: Date, sourceHash: string): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${sourceHash.slice(0, 8)}`;
}
