import type { RunOptions } from '../../transports/transport.js';
import type { OperationContext } from '../../kit/context.js';

export interface ExecResult {
  host: string;
  command: string[];
  /** Exit code of the command; null when a signal ended it. */
  code: number | null;
  signal?: string;
  stdout: string;
  stderr: string;
}

export interface ExecOptions extends Pick<RunOptions, 'timeoutMs' | 'idleTimeoutMs' | 'stdin' | 'sinks'> {
  host: string;
  command: string[];
  /** True to run it as root. */
  sudo?: boolean;
}

/**
 * Runs a command on a host and tells how it ended; a failing command is a result, not an error. With `sinks` its output
 * goes there and the
 * result holds none. A cancelled one is interrupted, and killed two seconds later.
 */
export async function execOn(ctx: OperationContext, options: ExecOptions): Promise<ExecResult> {
  const { host, command, ...rest } = options;
  const transport = await ctx.transport(host);
  const { code, signal, stdout, stderr } = await transport.run(
    { argv: command },
    { ...rest, interruptible: true, signal: ctx.signal },
  );
  return { host, command, code, signal, stdout, stderr };
}
