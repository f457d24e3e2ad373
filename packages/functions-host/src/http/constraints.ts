export type Constraint = (value: string) => boolean;

type Factory = (args: string[], raw: string) => Constraint;

const decimal = /^\s*[+-]?(\d{1,3}(,\d{3})*|\d+)?(\.\d+)?\s*$/;
const float = /^\s*([+-]?(\d[\d,]*\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|-?Infinity)\s*$/;
const guid = /^(\{|\()?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(\}|\))?$/i;

/** The inline constraints of ASP.NET Core, by lower-cased name (specification 3.1). */
const factories: Record<string, Factory> = {
  int: () => integerIn(-(2n ** 31n), 2n ** 31n - 1n),
  long: () => integerIn(-(2n ** 63n), 2n ** 63n - 1n),
  bool: () => (value) => /^\s*(true|false)\s*$/i.test(value),
  datetime: () => (value) => /\d/.test(value) && !/^\d+$/.test(value) && !Number.isNaN(Date.parse(value)),
  decimal: () => (value) => /\d/.test(value) && decimal.test(value),
  double: () => (value) => float.test(value),
  float: () => (value) => float.test(value),
  guid: () => (value) => guid.test(value),
  minlength: ([min]) => (value) => value.length >= Number(min),
  maxlength: ([max]) => (value) => value.length <= Number(max),
  length: ([min, max]) => (value) => value.length >= Number(min) && value.length <= Number(max ?? min),
  min: ([min]) => integerIn(BigInt(min ?? 0), 2n ** 63n - 1n),
  max: ([max]) => integerIn(-(2n ** 63n), BigInt(max ?? 0)),
  range: ([min, max]) => integerIn(BigInt(min ?? 0), BigInt(max ?? 0)),
  alpha: () => (value) => /^[a-z]*$/i.test(value),
  regex: (_args, raw) => {
    const pattern = new RegExp(raw, 'i');
    return (value) => pattern.test(value);
  },
  required: () => (value) => value !== '',
  file: () => (value) => isFile(value),
  nonfile: () => (value) => !isFile(value),
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
    throw new Error(`the route "${template}" has a bad constraint ":${text}": ${(error as Error).message}`, { cause: error });
  }
}

function integerIn(min: bigint, max: bigint): Constraint {
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
