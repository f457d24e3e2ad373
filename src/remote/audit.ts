import { auditLog } from './layout.js';

/** Appends one line to the host's audit log. */
export const appendAudit = (line: string): string[] => [
  'sh', '-c', 'umask 077; mkdir -p "$(dirname "$1")" && printf "%s\\n" "$2" >> "$1"', 'fanops-audit', auditLog, line.replaceAll('\n', ' '),
];
