/** Why a function name is not allowed, or undefined (specification 1.8). */
export function nameProblem(name: string): string | undefined {
  if (name.toLowerCase() === 'host') return 'the name "host" is reserved';
  if (/^[A-Za-z][A-Za-z0-9_-]{0,127}$/.test(name)) return undefined;
  return `"${name}" is no valid name: a letter first, then letters, digits, "_" and "-", at most 128 characters`;
}

/** .NET's ordinal order without case: compares upper-cased code units (specification 3.1). */
export function compareNames(a: string, b: string): number {
  const left = a.toUpperCase();
  const right = b.toUpperCase();
  return left < right ? -1 : left > right ? 1 : 0;
}
