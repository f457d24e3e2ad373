import { readFileSync } from 'node:fs';

/** What Linux tells of a process in `/proc/PID/stat`. */
export interface ProcessStat {
  /** One letter; `Z` and `X` are processes that ended. */
  state: string;
  group: number;
  /** The process group that has the terminal of the process; -1 without a terminal. */
  foreground: number;
  /** Ticks from the start of the system to that of the process. */
  start: string;
}

/** Reads the state of a process. @throws {Error} of the file system: ENOENT for a process that is gone */
export function processStat(pid: number | 'self'): ProcessStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, the second field: it is in parentheses and may itself hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    group: Number(fields[2]),
    foreground: Number(fields[5]),
    start: fields[19] ?? '',
  };
}
