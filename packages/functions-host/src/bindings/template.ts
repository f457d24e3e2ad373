/** A part of a binding text: plain text, or `{name}`, `{a.b}`, `{name:format}`. */
export type TemplatePart = { literal: string } | { name: string; path: string[]; format?: string; expression: string };

const identifier = /^[\p{L}\p{N}_.-]+$/u;

/**
 * Takes a binding text apart (specification 2.3). `{{` and `}}` are braces. Throws an Error for a brace that is not
 * closed and for
 * an expression that is none.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char !== '{' && char !== '}') literal += char;
    else if (text[at + 1] === char) {
      literal += char;
      at++;
    } else {
      const end = char === '{' ? text.indexOf('}', at) : -1;
      if (end < 0) throw new Error(`'${char}' has no partner in '${text}'.`);
      if (literal) parts.push({ literal });
      literal = '';
      parts.push(expressionPart(text.slice(at + 1, end), text));
      at = end;
    }
  }
  if (literal) parts.push({ literal });
  return parts;
}

function expressionPart(expression: string, text: string): TemplatePart {
  const colon = expression.indexOf(':');
  const name = (colon > 0 ? expression.slice(0, colon) : expression).trim();
  const path = name.split('.');
  if (!identifier.test(name) || path.includes(''))
    throw new Error(`'{${expression}}' in '${text}' is not a binding expression.`);
  return { name, path, format: colon > 0 ? expression.slice(colon + 1) : undefined, expression };
}

/** Why a text cannot be a binding expression; undefined when it can. */
export function templateProblem(text: string): string | undefined {
  try {
    parseTemplate(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
