import type { RequestPath } from './path.js';
import { parameterOf, type TemplateParameter, type TemplateSegment } from './template.js';

export type RouteValues = Record<string, string>;

/**
 * Matches a request path against a template (specification 3.1). Returns the route values with the template's casing
 * of names; optional ones that are absent are left out.
 */
export function matchTemplate(
  template: TemplateSegment[],
  { segments, trailingSlash }: RequestPath,
): RouteValues | undefined {
  const values: RouteValues = {};
  for (let index = 0; index < template.length; index++) {
    const segment = template[index]!;
    const only = segment.length === 1 ? parameterOf(segment[0]) : undefined;
    const text = segments[index];
    if (text === '') return undefined;
    if (only?.catchAll) {
      const rest =
        text === undefined ? only.defaultValue : segments.slice(index).join('/') + (trailingSlash ? '/' : '');
      return accept(only, rest, values) ? values : undefined;
    }
    if (text === undefined) {
      if (!only || !(only.optional || only.defaultValue !== undefined) || !accept(only, only.defaultValue, values))
        return undefined;
    } else if (!matchSegment(segment, text, values)) return undefined;
  }
  return segments.length > template.length ? undefined : values;
}

/**
 * An optional parameter that is absent passes its constraints; an absent catch-all passes only those that allow
 * nothing.
 */
function accept(parameter: TemplateParameter, value: string | undefined, values: RouteValues): boolean {
  if (value === undefined)
    return parameter.optional || parameter.constraints.every((constraint) => constraint.acceptsNothing === true);
  for (const constraint of parameter.constraints) if (!constraint(value)) return false;
  values[parameter.name] = value;
  return true;
}

function matchSegment(segment: TemplateSegment, text: string, values: RouteValues): boolean {
  const [first] = segment;
  if (segment.length === 1 && first) {
    return 'literal' in first ? first.lower === text.toLowerCase() : accept(first.parameter, text, values);
  }
  if (matchComplex(segment, text, values)) return true;
  const separator = segment.at(-2);
  if (!parameterOf(segment.at(-1))?.optional || !separator || !('literal' in separator)) return false;
  return !text.endsWith(separator.literal) && matchComplex(segment.slice(0, -2), text, values);
}

/**
 * Several parts in one segment, read from the right without going back: each literal is looked for as far right as
 * its parameter leaves room, so that a parameter on the left takes as much as it can. No parameter is empty.
 */
function matchComplex(segment: TemplateSegment, text: string, values: RouteValues): boolean {
  const lower = text.toLowerCase();
  let end = text.length;
  let pending: TemplateParameter | undefined;
  const found: [TemplateParameter, string][] = [];
  for (let index = segment.length - 1; index >= 0; index--) {
    const part = segment[index]!;
    if ('parameter' in part) {
      pending = part.parameter;
      continue;
    }
    const room = pending ? end - 1 : end;
    const start = room < part.lower.length ? -1 : lower.lastIndexOf(part.lower, room - part.lower.length);
    if (start < 0 || (!pending && start + part.lower.length !== end)) return false;
    if (pending) found.push([pending, text.slice(start + part.lower.length, end)]);
    pending = undefined;
    end = start;
  }
  if (pending) found.push([pending, text.slice(0, end)]);
  else if (end !== 0) return false;
  return found.every(([parameter, value]) => value !== '' && accept(parameter, value, values));
}
