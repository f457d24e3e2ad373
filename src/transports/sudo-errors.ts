import type { Execution } from './executor.js';

/** Why sudo did not start a command, and what it said. */
export interface Refusal {
  kind: 'password' | 'wrong' | 'terminal' | 'rule' | 'missing' | 'rootless' | 'other';
  said: string;
}

/** What sudo says in the C locale (its own messages, plugins/sudoers in its source). */
const SAYS: [RegExp, Refusal['kind']][] = [
  [/must have a tty/, 'terminal'],
  [/password is required|no askpass program|a terminal is required to read the password/, 'password'],
  [/not in the sudoers file|not allowed to (execute|run)|may not run sudo/, 'rule'],
];

/** Reads from the end of a call of sudo why the command was not started. */
export function sudoRefusal({ code, stderr }: Execution): Refusal {
  const lines = stderr
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const text = lines.join('\n');
  const said = lines.findLast((line) => line.startsWith('sudo:')) ?? lines.at(-1) ?? '';
  const known = SAYS.find(([pattern]) => pattern.test(text));
  if (known) return { kind: known[1], said };
  return { kind: code === 127 ? 'missing' : 'other', said };
}
