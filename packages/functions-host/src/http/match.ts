import { parameterOf, type TemplateParameter, type TemplateSegment } from './template.js';

export type RouteValues = Record<string, string>;

/**
 * Matches the segments of a path (percent-decoded, no outer slashes) against a template (specification 3.1).
 * Returns the route values with the template's casing of names; absent optional ones are left out.
 */
export function matchTemplate(template: TemplateSegment[], path: string[]): RouteValues | undefined {
  const values: RouteValues = {};
  for (const [index, segment] of template.entries()) {
    const only = segment.length === 1 ? parameterOf(segment[0]) : undefined;
    if (only?.catchAll) {
      const rest = path.slice(index).join('/') || only.defaultValue;
      return accept(only, rest, values) ? values : undefined;
    }
    const text = path[index];
    if (text === undefined) {
      if (!only || !(only.optional || only.defaultValue !== undefined) || !accept(only, only.defaultValue, values)) return undefined;
    } else if (text === '') return undefined;
    else if (!matchSegment(segment, text, values)) return undefined;
  }
  return path.length > template.length ? undefined : values;
}

function accept(parameter: TemplateParameter, value: string | undefined, values: RouteValues): boolean {
  if (value === undefined) return true;
  if (!parameter.constraints.every((constraint) => constraint(value))) return false;
  values[parameter.name] = value;
  return true;
}

function matchSegment(segment: TemplateSegment, text: string, values: RouteValues): boolean {
  const [first] = segment;
  if (segment.length === 1 && first) {
    return 'literal' in first ? first.literal.toLowerCase() === text.toLowerCase() : accept(first.parameter, text, values);
  }
  const last = parameterOf(segment.at(-1));
  if (matchComplex(segment, text, values)) return true;
  if (!last?.optional) return false;
  return matchComplex(withoutOptionalTail(segment), text, values);
}

/** An absent optional tail takes the dot before it along: `{name}.{ext?}` matches `name`. */
function withoutOptionalTail(segment: TemplateSegment): TemplateSegment {
  const rest = segment.slice(0, -1);
  const before = rest.at(-1);
  return before && 'literal' in before && before.literal === '.' ? rest.slice(0, -1) : rest;
}

/** Several parts in one segment: parameters take as much as they can, up to the last separator. */
function matchComplex(segment: TemplateSegment, text: string, values: RouteValues): boolean {
  const pattern = segment.map((part) => ('literal' in part ? escapeRegExp(part.literal) : '([\\s\\S]+)')).join('');
  const match = new RegExp(`^${pattern}$`, 'i').exec(text);
  if (!match) return false;
  return segment.flatMap((part) => parameterOf(part) ?? []).every((parameter, i) => accept(parameter, match[i + 1], values));
}

/** RegExp.escape came with Node 24; this runs on 20. */
function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
