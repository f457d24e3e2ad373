import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod's small form brings no texts of its own.
z.config(en());

/** A text that is not what its schema says; `path` points into it (`routes.0.path`, or '' for the text as a whole). */
export class MalformedError extends Error {
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(path ? `${path}: ${reason}` : reason);
    this.name = 'MalformedError';
  }
}

/** A schema whose values have the type `T`. */
export type Schema<T> = z.ZodMiniType<T>;

/** Parses a text as JSON. @throws {MalformedError} when it is none */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new MalformedError('', `is not JSON: ${(error as Error).message}`);
  }
}

/** What a value holds by a schema. @throws {MalformedError} naming the first place that is wrong */
export function decodeValue<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new MalformedError(issue?.path.map(String).join('.') ?? '', issue?.message ?? 'is not valid');
}

/** Reads a text as JSON by a schema. @throws {MalformedError} naming the first place that is wrong */
export const decode = <T>(schema: Schema<T>, text: string): T => decodeValue(schema, parseJson(text));

/**
 * An object whose other fields pass through, since a later version may have added them; its type names those that this
 * version knows.
 */
export const open = <S extends z.core.$ZodShape>(shape: S): z.ZodMiniObject<S, z.core.$strip> =>
  z.looseObject(shape) as unknown as z.ZodMiniObject<S, z.core.$strip>;

/** The revision that a program names in its answers and files; absent in those of versions before revisions. */
export const protocol = z.optional(z.int().check(z.minimum(1)));

/** A count, or a number that grows. */
export const count = z.int().check(z.minimum(0));
