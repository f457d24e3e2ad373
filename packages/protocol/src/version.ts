/**
 * Revision of what travels between the CLI and its programs on hosts. Raise it when the other side has to know of a
 * change: a field that it must
 * send or obey, a verb of a program, another meaning. A field that may be absent and may be ignored is no such change.
 * 2: revisions are named. 3: a placement may have targets.
 */
export const PROTOCOL_VERSION = 3;

/** How the program at the other end stands to this one. */
export type ProgramAge = 'older' | 'current' | 'newer';

/** The revision that an answer or a file names. Those of the versions before revisions name none: 1. */
export function protocolOf(value: unknown): number {
  const told = typeof value === 'object' && value !== null ? (value as { protocol?: unknown }).protocol : undefined;
  return typeof told === 'number' && Number.isInteger(told) && told > 0 ? told : 1;
}

/** Whether a program that speaks this revision is older or newer than this one. */
export function ageOf(protocol: number, own: number = PROTOCOL_VERSION): ProgramAge {
  if (protocol === own) return 'current';
  return protocol < own ? 'older' : 'newer';
}
