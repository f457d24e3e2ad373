import { resolveExpressions, type BindingData } from '../bindings/expressions.js';

/**
 * An OData filter with its expressions replaced so that a value cannot change what the filter asks: inside quotes its
 * quotes are
 * doubled, outside only numbers, booleans and typed literals are taken. Throws for any other value there.
 */
export function tableFilter(filter: string, bindingData: BindingData): string {
  return resolveExpressions(filter, bindingData, (value, name, before) => {
    if (isInsideQuotes(before)) return value.replaceAll("'", "''");
    const bare = /^(?:True|False)$/.test(value) ? value.toLowerCase() : value;
    if (/^(?:-?\d+(?:\.\d+)?L?|true|false|(?:datetime|guid|binary|X)'[\w:.+-]*')$/.test(bare)) return bare;
    throw new Error(
      `The value of '{${name}}' in the filter '${filter}' is no number, boolean or typed literal: ` +
        'put quotes around it.',
    );
  });
}

function isInsideQuotes(before: string): boolean {
  return (before.match(/'/g)?.length ?? 0) % 2 === 1;
}

/** A text as an OData literal. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
