import type { z } from 'zod';
import type { NoOptions, Operation, PlanFacts, Query, Stream } from '../kit/operation.js';

/** An operation whose options, facts and result are known to itself only. */
export type AnyOperation = Operation<never, PlanFacts, unknown>;
type AnyCall = Query<never, unknown, never>;
type AnyStream = Stream<never, unknown>;

/** The schemas of a use case, in a module of their own (`VERB.schema.ts`): who only types a command loads none. */
export interface ResultSchemas {
  /** What callers give; what comes out of it is what the use case gets. */
  options: z.ZodType;
  /** What comes of it, as `--json` prints it. */
  result: z.ZodType;
}

/** The same of a stream. */
export interface EventSchemas {
  options: z.ZodType;
  /** One line of `--json`. */
  event: z.ZodType;
}

/** One use case in the catalog: how it is called, and what it takes and gives. Both are loaded when they are needed. */
export interface Entry<K extends string, V, S> {
  readonly kind: K;
  readonly load: () => Promise<V>;
  readonly schemas: () => Promise<S>;
}

export type OperationEntry<V = AnyOperation, S = ResultSchemas> = Entry<'operation', V, S>;
export type QueryEntry<V = AnyCall, S = ResultSchemas> = Entry<'query', V, S>;
export type TaskEntry<V = AnyCall, S = ResultSchemas> = Entry<'task', V, S>;
export type StreamEntry<V = AnyStream, S = EventSchemas> = Entry<'stream', V, S>;

/** What only a person at this machine does: nobody else can call it, so that it has a result and nothing to load. */
export interface PersonalEntry<S = Pick<ResultSchemas, 'result'>> {
  readonly kind: 'personal';
  readonly schemas: () => Promise<S>;
}

export type AnyEntry = OperationEntry | QueryEntry | TaskEntry | StreamEntry | PersonalEntry;

/** Every field there, so that one which only one of two types has is a difference. */
type Whole<T> = T extends readonly (infer E)[]
  ? Whole<E>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;

type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Whether two types are the same, down to their optional fields. */
export type Same<A, B> = Both<A, B> extends true ? Both<Whole<A>, Whole<B>> : false;

/** A schema, or `never` where it is not of this type, so that an entry with it does not compile. */
export type Of<S extends z.ZodType, T> = Same<z.output<S>, T> extends true ? S : never;

/** What an operation takes and gives. */
export type OperationOptions<V> = V extends { plan(ctx: never, options: infer O): unknown } ? O : never;
export type OperationResult<V> = V extends { result(ctx: never, finished: never): Promise<infer R> } ? R : never;

/** The same of a query, a task or a stream. */
export type CallOptions<V> = V extends (ctx: never, options: infer O, ...more: never) => unknown
  ? unknown extends O
    ? NoOptions
    : NonNullable<O>
  : never;
export type CallResult<V> = V extends (...args: never) => Promise<infer R> ? R : never;
export type StreamEvent<V> = V extends (...args: never) => AsyncIterable<infer E> ? E : never;
