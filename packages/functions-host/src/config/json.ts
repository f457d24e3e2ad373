/**
 * Parses JSON the way the .NET configuration reader does: comments, trailing commas and a byte order mark are
 * accepted (specification 2.1). Throws the SyntaxError of JSON.parse.
 */
export function parseJsonWithComments(text: string): unknown {
  const withoutComments = text
    .replace(/^\uFEFF/, '')
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g, (_all, string: string | undefined) => string ?? ' ');
  return JSON.parse(
    withoutComments.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_all, string: string | undefined) => string ?? ''),
  );
}

/** A plain object, or undefined. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
