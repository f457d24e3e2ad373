/** Values as .NET writes them, where that is another text than JavaScript's (specification 3.7). */

const notInJson = /[\u0085\u2028\u2029]/g;
const stringsAndFloats = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?e[+-]?\d+|-?\d+\.\d+/gi;

/** JSON as Newtonsoft writes it: escapes line separators, and exponents are capital. `indent` 0 = compact. */
export function netJson(value: unknown, indent: number): string {
  const text = JSON.stringify(value, null, indent);
  return text
    .replace(stringsAndFloats, (token) => (token.startsWith('"') ? token : netNumber(Number(token))))
    .replace(notInJson, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The invariant text of a whole number, or of a double: with an exponent from 16 digits before the point up and from
 * 1E-05 down.
 */
export function netNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent > -5 && exponent < 15) return String(value);
  return `${digits}E${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
