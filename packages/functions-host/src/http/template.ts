import { parseConstraint, type Constraint } from './constraints.js';

export interface TemplateParameter {
  name: string;
  optional: boolean;
  catchAll: boolean;
  defaultValue?: string;
  constraints: Constraint[];
}

interface Literal {
  literal: string;
  /** For comparing: case does not count. */
  lower: string;
}

export type TemplatePart = Literal | { parameter: TemplateParameter };
/** One path segment; several parts make it a complex one such as `{name}.{ext?}`. */
export type TemplateSegment = TemplatePart[];

/** Parses an ASP.NET Core route template (specification 3.1). Throws an Error that says what is wrong. */
export function parseTemplate(template: string): TemplateSegment[] {
  if (/^~(?!\/)/.test(template)) throw new Error(`the route "${template}" begins with "~" and no "/"`);
  const trimmed = template.replace(/^~?\//, '').replace(/\/$/, '');
  if (trimmed === '') return [];
  const segments = splitSegments(trimmed).map((text) => parseSegment(text, template));
  validate(segments, template);
  return segments;
}

export function parameterOf(part: TemplatePart | undefined): TemplateParameter | undefined {
  return part && 'parameter' in part ? part.parameter : undefined;
}

/** Splits at slashes outside of braces: a regular expression may hold one. */
function splitSegments(text: string): string[] {
  const segments: string[] = [];
  let depth = 0;
  let current = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if ((c === '{' || c === '}') && text[i + 1] === c) {
      current += c + c;
      i++;
    } else if (c === '/' && depth === 0) {
      segments.push(current);
      current = '';
    } else {
      if (c === '{') depth++;
      if (c === '}') depth--;
      current += c;
    }
  }
  return [...segments, current];
}

function parseSegment(text: string, template: string): TemplateSegment {
  if (text === '') throw new Error(`the route "${template}" has an empty segment ("//")`);
  const parts: TemplateSegment = [];
  let literal = '';
  const flush = (): void => {
    if (literal.includes('?')) throw new Error(`the route "${template}" has a "?" outside of a parameter`);
    if (literal) parts.push({ literal, lower: literal.toLowerCase() });
    literal = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if ((c === '{' || c === '}') && text[i + 1] === c) {
      literal += c;
      i++;
    } else if (c === '{') {
      flush();
      const end = closingBrace(text, i);
      if (end < 0) throw new Error(`the route "${template}" has an unclosed "{"`);
      parts.push({ parameter: parseParameter(text.slice(i + 1, end), template) });
      i = end;
    } else if (c === '}') throw new Error(`the route "${template}" has a "}" without "{"`);
    else literal += c;
  }
  flush();
  return parts;
}

/** Doubled braces inside a parameter are text, as regular expressions need them. */
function closingBrace(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === '{' && text[i + 1] === '{') i++;
    else if (text[i] === '}') {
      if (text[i + 1] !== '}') return i;
      i++;
    }
  }
  return -1;
}

function parseParameter(raw: string, template: string): TemplateParameter {
  let body = raw.replaceAll('{{', '{').replaceAll('}}', '}');
  const stars = /^\*{1,2}/.exec(body)?.[0].length ?? 0;
  const optional = body.endsWith('?');
  body = body.slice(stars, optional ? -1 : undefined);
  // a name may begin with a delimiter
  const name = /^.[^:=]*/s.exec(body)?.[0] ?? '';
  if (!name || /[{}/*?]/.test(name))
    throw new Error(`the route "${template}" has a parameter without a valid name: "{${raw}}"`);
  const { constraints, rest } = readConstraints(body.slice(name.length));
  const defaultValue = rest.startsWith('=') ? rest.slice(1) : undefined;
  if (rest !== '' && defaultValue === undefined)
    throw new Error(`the route "${template}" has a bad parameter "{${raw}}"`);
  const withDefault = optional && defaultValue !== undefined;
  if (withDefault) throw new Error(`the route "${template}" has an optional parameter with a default: "{${raw}}"`);
  if (optional && stars > 0)
    throw new Error(`the route "${template}" has a catch-all parameter that is optional: "{${raw}}"`);
  return {
    name,
    optional,
    catchAll: stars > 0,
    defaultValue,
    constraints: constraints.map((text) => parseConstraint(text, template)),
  };
}

/** Reads `:a:b(c)` up to `=`; arguments in parentheses may hold any of these characters. */
function readConstraints(text: string): { constraints: string[]; rest: string } {
  const constraints: string[] = [];
  let i = 0;
  while (text[i] === ':') {
    let depth = 0;
    let end = i + 1;
    for (; end < text.length; end++) {
      const c = text[end]!;
      if (c === '(') depth++;
      else if (c === ')') depth--;
      else if (depth <= 0 && (c === ':' || c === '=')) break;
    }
    constraints.push(text.slice(i + 1, end));
    i = end;
  }
  return { constraints, rest: text.slice(i) };
}

function validate(segments: TemplateSegment[], template: string): void {
  const names = new Set<string>();
  const refuse = (problem: string): never => {
    throw new Error(`the route "${template}" ${problem}`);
  };
  segments.forEach((segment, index) => {
    segment.forEach((part, at) => {
      const parameter = parameterOf(part);
      if (!parameter) return;
      const key = parameter.name.toLowerCase();
      if (names.has(key)) refuse(`names the parameter "${parameter.name}" twice`);
      names.add(key);
      const before = segment[at - 1];
      const isLast = index === segments.length - 1 && segment.length === 1;
      if (parameter.catchAll && !isLast) refuse('has a catch-all parameter that is not its last segment');
      if (parameterOf(before)) refuse('has two parameters side by side');
      if (!parameter.optional || segment.length === 1) return;
      if (at < segment.length - 1) refuse('has an optional parameter that does not end its segment');
      const afterPeriod = before !== undefined && 'literal' in before && before.literal === '.';
      if (!afterPeriod) refuse('has an optional parameter that follows something else than "."');
    });
  });
}
