import { randomUUID } from 'node:crypto';

/** Replaces `{name}` and `{a.b}` from binding data (specification 2.3). Throws for a name that is not there. */
export function resolveExpressions(text: string, data: Record<string, unknown>): string {
  return text.replace(/\{([^{}]+)\}/g, (_all, expression: string) => {
    const value = builtIn(expression) ?? lookUp(expression, data);
    if (value === undefined || value === null) throw new Error(`No value for '{${expression}}' in '${text}'.`);
    return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
  });
}

function builtIn(expression: string): string | undefined {
  const [name, format] = expression.split(/:(.*)/s);
  switch (name?.toLowerCase()) {
    case 'rand-guid':
    case 'sys.randguid':
      return formatGuid(format);
    case 'datetime':
    case 'sys.utcnow':
      return format ? formatDate(new Date(), format) : new Date().toISOString();
    default:
      return undefined;
  }
}

function formatGuid(format?: string): string {
  const guid = randomUUID();
  return format?.toUpperCase() === 'N' ? guid.replaceAll('-', '') : guid;
}

/** The .NET custom format letters that people use in paths. */
function formatDate(date: Date, format: string): string {
  const pad = (value: number, length: number): string => String(value).padStart(length, '0');
  const values: Record<string, string> = {
    yyyy: pad(date.getUTCFullYear(), 4), yy: pad(date.getUTCFullYear() % 100, 2), MM: pad(date.getUTCMonth() + 1, 2),
    dd: pad(date.getUTCDate(), 2), HH: pad(date.getUTCHours(), 2), mm: pad(date.getUTCMinutes(), 2),
    ss: pad(date.getUTCSeconds(), 2), fff: pad(date.getUTCMilliseconds(), 3),
  };
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss|fff/g, (token) => values[token] ?? token);
}

/** Names are compared without case. */
function lookUp(expression: string, data: Record<string, unknown>): unknown {
  let node: unknown = data;
  for (const segment of expression.split('.')) {
    if (typeof node !== 'object' || node === null) return undefined;
    const entry = Object.entries(node).find(([name]) => name.toLowerCase() === segment.toLowerCase());
    node = entry?.[1];
  }
  return node;
}
