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

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
