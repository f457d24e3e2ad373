import {
  ageOf,
  decodeValue,
  MalformedError,
  parseJson,
  PROTOCOL_VERSION,
  protocolOf,
  type ProgramAge,
  type Schema,
} from '#protocol';
import { PreconditionError, RemoteError } from '../core/errors.js';
import type { OperationContext } from './context.js';

/** A program of fanops on a host. */
export interface HostProgram {
  /** As messages name it: `The router's program`. */
  title: string;
  host: string;
  /** Code of the error for one that is too old. */
  olderCode: string;
  /** The command that brings the one of this fanops there. */
  replace: string;
}

export const routerProgramOn = (host: string): HostProgram => ({
  title: "The router's program",
  host,
  olderCode: 'OLD_ROUTER',
  replace: 'fanops router apply',
});

export const functionsHostOn = (host: string, service: string): HostProgram => ({
  title: `The functions host of ${service}`,
  host,
  olderCode: 'OLD_FUNCTIONS_HOST',
  replace: `fanops deploy ${service}`,
});

/** What a user of a fleet that somebody changed with a newer fanops does. */
export const UPDATE_HINT = 'Update fanops on this machine.';

/** How a program stands to this fanops, as a sentence without its end; undefined when both speak the same revision. */
export function ageText({ title, host }: HostProgram, protocol: number): string | undefined {
  const revisions = `(protocol ${protocol}, this one speaks ${PROTOCOL_VERSION})`;
  const age = ageOf(protocol);
  return age === 'current' ? undefined : `${title} on ${host} is of ${describe[age]} ${revisions}`;
}

const describe: Record<Exclude<ProgramAge, 'current'>, string> = {
  older: 'an older fanops than this one',
  newer: 'a newer fanops than this one',
};

/** Notices that were given already, by the context that they were given in. */
const given = new WeakMap<OperationContext, Set<string>>();

/** Tells the user once, while a command runs, of a program that is older or newer than this fanops. */
export function noticeAge(ctx: OperationContext, program: HostProgram, protocol: number): void {
  const text = ageText(program, protocol);
  const seen = given.get(ctx) ?? new Set<string>();
  given.set(ctx, seen);
  if (text === undefined || seen.has(text)) return;
  seen.add(text);
  const way = ageOf(protocol) === 'older' ? `Bring it up to date: ${program.replace}.` : UPDATE_HINT;
  ctx.io.listener({ type: 'notice', message: `${text}. ${way}` });
}

/**
 * The error for a program that is too old for what is asked of it. @param lacks `it cannot ask whether a placement
 * answers`
 */
export const olderProgram = ({ title, host, olderCode, replace }: HostProgram, lacks: string): PreconditionError =>
  new PreconditionError(`${title} on ${host} is of an older fanops: ${lacks}.`, {
    where: host,
    code: olderCode,
    hint: 'Bring it up to date.',
    nextSteps: [replace],
  });

/** The error for a program that a newer fanops brought there, and that this one must not talk to, or replace. */
export const newerProgram = (program: HostProgram, protocol: number, why: string): PreconditionError =>
  new PreconditionError(`${ageText(program, protocol) ?? program.title}: ${why}.`, {
    where: program.host,
    code: 'NEWER_PROGRAM',
    hint: UPDATE_HINT,
  });

/**
 * Reads what a program on a host printed or answered, and tells the user when it is of another fanops.
 * @throws PreconditionError when it cannot be read and the program is older or newer than this fanops: then that is
 * why.
 *   RemoteError (code BAD_ANSWER) when it is of the same.
 */
export function readAnswer<T>(ctx: OperationContext, program: HostProgram, schema: Schema<T>, text: string): T {
  const read = tryRead(schema, text);
  const { protocol, problem } = read;
  if (problem === undefined) {
    noticeAge(ctx, program, protocol);
    return read.value;
  }
  const age = problem.isJson ? ageOf(protocol) : 'current';
  if (age === 'newer') throw newerProgram(program, protocol, `its answer cannot be read (${problem.error.message})`);
  if (age === 'older') throw olderProgram(program, `its answer cannot be read (${problem.error.message})`);
  throw new RemoteError(
    `${program.title} on ${program.host} gave an answer that cannot be read: ${problem.error.message}.`,
    {
      host: program.host,
      code: 'BAD_ANSWER',
      stderr: text.slice(0, 400),
      cause: problem.error,
      hint: 'Another program may lie in its place: bring the one of this fanops there.',
      nextSteps: [program.replace],
    },
  );
}

/**
 * Reads what a command line or a script of this fanops printed on a host: it is never of another version.
 * @param what it is, as a sentence begins: `The trial of release r1`
 * @throws RemoteError (code BAD_ANSWER)
 */
export function readPrinted<T>(host: string, what: string, schema: Schema<T>, text: string): T {
  const read = tryRead(schema, text);
  if (read.problem === undefined) return read.value;
  const { problem } = read;
  throw new RemoteError(`${what} on ${host} printed what cannot be read: ${problem.error.message}.`, {
    host,
    code: 'BAD_ANSWER',
    stderr: text.slice(0, 400),
    cause: problem.error,
    hint: `It printed: ${text.trim().slice(0, 400) || 'nothing'}`,
    nextSteps: ['fanops doctor'],
  });
}

type Read<T> =
  | { protocol: number; value: T; problem?: undefined }
  | { protocol: number; problem: { error: MalformedError; isJson: boolean } };

function tryRead<T>(schema: Schema<T>, text: string): Read<T> {
  let protocol = 1;
  let isJson = false;
  try {
    const json = parseJson(text);
    isJson = true;
    protocol = protocolOf(json);
    return { protocol, value: decodeValue(schema, json) };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { protocol, problem: { error, isJson } };
  }
}

/**
 * The revision that the output of a program names; those of versions before print none when they refuse their
 * arguments.
 */
export function protocolIn(stdout: string): number {
  try {
    return protocolOf(parseJson(stdout));
  } catch {
    return 1;
  }
}
