import { auditLog } from './layout.js';

/** Appends one line to the host's audit log. */
export const appendAudit = (line: string): string[] => [
  'sh',
  '-c',
  'umask 077; mkdir -p "$(dirname "$1")" && printf "%s\\n" "$2" >> "$1"',
  'fanops-audit',
  auditLog,
  line.replaceAll('\n', ' '),
];

/** Prints the last line of the audit log that holds a text, or the last of all for an empty one. */
export const lastAudit = (text: string): string[] => [
  'sh',
  '-c',
  '[ ! -f "$1" ] || grep -F -- "$2" "$1" | tail -n 1',
  'fanops-audit',
  auditLog,
  text,
];
