import { isDateText } from './date-text.js';

export interface Constraint {
  (value: string): boolean;
  /** Passes where a catch-all matched nothing. */
  acceptsNothing?: true;
}

type Factory = (args: string[], raw: string) => Constraint;

const decimal = /^\s*(?:[+-]\s*)?(?:\d[\d,]*\.?\d*|\.\d+)\s*$|^\s*(?:\d[\d,]*\.?\d*|\.\d+)\s*[+-]?\s*$/;
const largestDecimal = 79_228_162_514_264_337_593_543_950_335n;
const float = /^\s*(?:[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|infinity|∞))\s*$/i;
const hex = (dash: string): string =>
  ['{8}', '{4}', '{4}', '{4}', '{12}'].map((count) => `[0-9a-f]${count}`).join(dash);
const guid = new RegExp(`^\\s*(?:${hex('')}|${hex('-')}|\\{${hex('-')}\\}|\\(${hex('-')}\\))\\s*$`, 'i');

/** The inline constraints of ASP.NET Core, by lower-cased name (specification 3.1). */
const factories: Record<string, Factory> = {
  int: () => integerIn(-(2n ** 31n), 2n ** 31n - 1n),
  long: () => integerIn(-(2n ** 63n), 2n ** 63n - 1n),
  bool: () => (value) => /^\s*(true|false)\s*$/i.test(value),
  datetime: () => isDateText,
  decimal: () => isDecimal,
  double: () => (value) => float.test(value),
  float: () => (value) => float.test(value),
  guid: () => (value) => guid.test(value),
  minlength: ([min]) => lengthIn(whole(min), Infinity),
  maxlength: ([max]) => lengthIn(0, whole(max)),
  length: ([min, max]) => lengthIn(whole(min), whole(max ?? min)),
  min: ([min]) => integerIn(BigInt(whole(min)), 2n ** 63n - 1n),
  max: ([max]) => integerIn(-(2n ** 63n), BigInt(whole(max))),
  range: ([min, max]) => integerIn(BigInt(whole(min)), BigInt(whole(max))),
  alpha: () => (value) => /^[a-z]*$/i.test(value),
  regex: (_args, raw) => {
    const pattern = new RegExp(fromDotNet(raw), 'i');
    return (value) => pattern.test(value);
  },
  required: () => (value) => value !== '',
  file: () => (value) => isFile(value),
  nonfile: () => Object.assign((value: string) => !isFile(value), { acceptsNothing: true as const }),
};

/** Parses `name` or `name(args)`. Throws for an unknown constraint or a bad argument. */
export function parseConstraint(text: string, template: string): Constraint {
  const match = /^([a-z]+)(?:\(([\s\S]*)\))?$/i.exec(text);
  const factory = match?.[1] ? factories[match[1].toLowerCase()] : undefined;
  if (!factory) throw new Error(`the route "${template}" has an unknown constraint ":${text}"`);
  const raw = match?.[2] ?? '';
  try {
    return factory(raw === '' ? [] : raw.split(',').map((arg) => arg.trim()), raw);
  } catch (error) {
    throw new Error(`the route "${template}" has a bad constraint ":${text}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function whole(arg: string | undefined): number {
  if (arg === undefined || !/^[+-]?\d+$/.test(arg)) throw new Error('a whole number is missing');
  return Number(arg);
}

function lengthIn(min: number, max: number): Constraint {
  if (min > max || min < 0) throw new Error('the limits are the wrong way round');
  return (value) => value.length >= min && value.length <= max;
}

/** The few marks of .NET expressions that JavaScript writes otherwise. Case is ignored anyway. */
function fromDotNet(pattern: string): string {
  const marks: Record<string, string> = { A: '^', z: '$', Z: '$' };
  return pattern.replace(/^\(\?i\)/, '').replace(/\\([\s\S])/g, (all, mark: string) => marks[mark] ?? all);
}

function isDecimal(value: string): boolean {
  if (!decimal.test(value)) return false;
  return BigInt(/\d[\d,]*/.exec(value.replace(/\..*/s, ''))?.[0].replaceAll(',', '') ?? 0) <= largestDecimal;
}

function integerIn(min: bigint, max: bigint): Constraint {
  if (min > max) throw new Error('the limits are the wrong way round');
  return (value) => {
    if (!/^\s*[+-]?\d+\s*$/.test(value)) return false;
    const number = BigInt(value.trim().replace(/^\+/, ''));
    return number >= min && number <= max;
  };
}

function isFile(value: string): boolean {
  const last = value.slice(value.lastIndexOf('/') + 1);
  const dot = last.indexOf('.');
  return dot >= 0 && dot < last.length - 1;
}
