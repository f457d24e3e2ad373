import type { OperationContext } from '../context.js';

export interface ExecResult {
  host: string;
  command: string[];
  /** Exit code of the command; null when a signal ended it. */
  code: number | null;
  signal?: string;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  host: string;
  command: string[];
  timeoutMs: number;
  /** True to run it as root. */
  sudo?: boolean;
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** Runs a command on a host and tells how it ended; a failing command is a result, not an error. */
export async function execOn(ctx: OperationContext, options: ExecOptions): Promise<ExecResult> {
  const { host, command, timeoutMs, sudo, onLine } = options;
  const transport = await ctx.transport(host);
  const { code, signal, stdout, stderr } = await transport.run({ argv: command }, { timeoutMs, sudo, onLine, signal: ctx.signal });
  return { host, command, code, signal, stdout, stderr };
}
