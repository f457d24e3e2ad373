/** Process exit codes of every fanops command. The base command is the only place that uses them to end the process. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  login: 4,
  precondition: 5,
  gate: 6,
  cancelled: 130,
} as const;

/** What each means to who calls fanops, for the docs. */
export const EXIT_CODE_MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  ok: 'done, also when there was nothing to do',
  failed: 'failed; a run says how to resume or undo it. `exec` and `host ssh` end with the exit code of their command',
  usage: 'wrong arguments, flags or fleet file; nothing was done',
  partial:
    'part of the answer is missing, as of a host that did not answer; ' +
    'with `--dry-run --exit-code`: something would change',
  login: 'not logged in to a cloud, or the login has expired',
  precondition:
    'refused before anything was changed: a lock is held, the state does not allow it, or the fleet is not trusted',
  gate: 'a gate was breached or could not be measured, or the sides answer differently; all traffic is where it was',
  cancelled: 'cancelled by Ctrl-C or by the answer no; 1 when something could not be brought back then',
};

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
