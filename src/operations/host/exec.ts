import type { z } from 'zod';
import type { RunOptions } from '../../transports/transport.js';
import type { OperationContext } from '../../kit/context.js';
import type { options, result } from './exec.schema.js';

export type ExecResult = z.output<typeof result>;

export type ExecOptions = z.output<typeof options>;

/** How long nothing may be read or written, in milliseconds, when no time is given for the whole. */
const SILENT_MS = 600_000;

/**
 * Runs a command on a host and tells how it ended; a failing command is a result, not an error. With `sinks` its output
 * goes there and the
 * result holds none. A cancelled one is interrupted, and killed two seconds later.
 */
export async function execOn(
  ctx: OperationContext,
  { host, command, sudo, timeoutMs }: ExecOptions,
  terminal: Pick<RunOptions, 'stdin' | 'sinks'> = {},
): Promise<ExecResult> {
  const transport = await ctx.hosts.transport(host);
  const { code, signal, stdout, stderr } = await transport.run(
    { argv: command },
    {
      ...terminal,
      sudo,
      ...(timeoutMs === undefined ? { idleTimeoutMs: SILENT_MS } : { timeoutMs }),
      interruptible: true,
      signal: ctx.signal,
    },
  );
  return { host, command, code, signal, stdout, stderr };
}
