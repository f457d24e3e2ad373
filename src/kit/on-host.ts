import { RemoteError } from '../core/errors.js';
import { NEXT_TO_NOTHING, saysDiskFull } from '../core/disk-full.js';
import { guardDir, rootGuardDir } from '../remote/layout.js';
import { guarded } from '../remote/guard.js';
import type { StepIo } from '../core/step.js';
import type { Command, CommandResult, RunOptions } from '../transports/transport.js';
import type { OperationContext } from './context.js';

/** Last lines of a command's output, for errors. */
const tail = (text: string, lines = 12): string => text.trimEnd().split('\n').slice(-lines).join('\n');

/**
 * Raises what a failed command on a host left behind.
 * @param what what it was for, e.g. `npm ci failed`
 * @param full whether the disk of the host is known to be full, which not every program says
 */
export function raiseRemote(
  host: string,
  what: string,
  command: Command,
  result: CommandResult,
  full = saysDiskFull(result.stderr),
): never {
  const stderr = tail(result.stderr) || tail(result.stdout);
  throw new RemoteError(`${what} on ${host}${full ? ': the disk is full' : ''}.`, {
    host,
    code: full ? 'DISK_FULL' : 'REMOTE',
    status: result.code,
    signal: result.signal,
    command: shown(command.argv),
    stderr,
    hint: stderr || undefined,
    data: { status: result.code, signal: result.signal },
  });
}

/** A command as it is shown: of our own scripts the name and the arguments. */
function shown(argv: readonly string[]): string {
  const text = (argv[0] === 'sh' && argv[1] === '-c' ? argv.slice(3) : argv).join(' ');
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}

/** Runs a command that only looks. @throws RemoteError when it fails. */
export async function ask(
  ctx: OperationContext,
  host: string,
  argv: string[],
  what: string,
  options: RunOptions = {},
): Promise<string> {
  const transport = await ctx.hosts.transport(host);
  const result = await transport.run({ argv }, { signal: ctx.signal, ...options });
  return result.code === 0 ? result.stdout : raiseRemote(host, what, { argv }, result);
}

export interface MutateOptions extends Pick<RunOptions, 'stdin' | 'timeoutMs' | 'onLine'> {
  cwd?: string;
  env?: Record<string, string>;
  /** True to run it as root. */
  root?: boolean;
  /** Seconds that a forerunner under the same lock gets to end by itself. Default: 20. */
  forerunnerSeconds?: number;
  /** True when the command is short and harmless to repeat, so that it needs no lock of its own. */
  brief?: boolean;
}

/**
 * Runs a command that changes something: in a session of its own, under a lock named after run and step, so that a
 * resume finds a forerunner that
 * is still alive. Returns the result also when it failed.
 */
export async function mutate(
  io: Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal'>,
  host: string,
  argv: string[],
  options: MutateOptions = {},
): Promise<CommandResult> {
  const transport = await io.ctx.hosts.transport(host);
  const { cwd, env, brief, root, forerunnerSeconds, ...rest } = options;
  const wanted = cwd ? inDirectory(cwd, argv) : argv;
  return transport.run(
    { argv: brief ? wanted : guarded(wanted, guardOptions(io, root, forerunnerSeconds)), env },
    { signal: io.signal, sudo: root && (await needsSudo(io.ctx, host)), ...rest },
  );
}

/** Whether root's work needs sudo: not where the login is root. */
async function needsSudo(ctx: OperationContext, host: string): Promise<boolean> {
  return (await ask(ctx, host, ['id', '-u'], 'The login could not be asked')).trim() !== '0';
}

/** Runs a command as root that only looks. @throws RemoteError when it fails. */
export async function askRoot(
  ctx: OperationContext,
  host: string,
  argv: string[],
  what: string,
  options: RunOptions = {},
): Promise<string> {
  return ask(ctx, host, argv, what, { ...options, sudo: await needsSudo(ctx, host) });
}

/**
 * The guard's directory is relative to the home, so a command changes its directory inside the guard. Root's files
 * would be in the login's way there.
 */
const guardOptions = (io: Pick<StepIo<OperationContext>, 'runId' | 'step'>, root = false, waitSeconds = 20) => ({
  dir: root ? rootGuardDir : guardDir,
  name: `${io.runId}-${io.step.id.replaceAll(/[^A-Za-z0-9]+/g, '-')}`,
  forerunner: 'wait' as const,
  waitSeconds,
});

const inDirectory = (dir: string, argv: string[]): string[] => [
  'sh',
  '-c',
  'cd -- "$1" && shift && exec "$@"',
  'fanops-in',
  dir,
  ...argv,
];

/** As `mutate`, and raises when the command fails. */
export async function mutateOk(
  io: Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal'>,
  host: string,
  argv: string[],
  what: string,
  options: MutateOptions = {},
): Promise<string> {
  const result = await mutate(io, host, argv, options);
  if (result.code === 0) return result.stdout;
  return raiseRemote(host, what, { argv }, result, saysDiskFull(result.stderr) || (await isFull(io, host)));
}

/** Whether the login has next to no space left. One that cannot be asked has failed for another reason. */
async function isFull(
  { ctx, signal }: Pick<StepIo<OperationContext>, 'ctx' | 'signal'>,
  host: string,
): Promise<boolean> {
  const transport = await ctx.hosts.transport(host);
  const asked = await transport.run({ argv: ['df', '-Pk', '.'] }, { signal }).catch(() => undefined);
  const free = /^\S.*\s(\d+)\s+\d+%\s/m.exec(asked?.stdout ?? '')?.[1];
  return free !== undefined && Number(free) * 1024 < NEXT_TO_NOTHING;
}

/** Milliseconds for what must not be broken off, beside what requests under way take. */
const UNBROKEN_MS = 150_000;

/**
 * The same under a deadline in place of the run's signal: what leaves users without a service when it is broken off
 * half way.
 * @param drainMs how long requests under way may take beside
 */
export function unbroken<T extends Pick<StepIo<OperationContext>, 'ctx' | 'signal'>>(io: T, drainMs: number): T {
  const signal = AbortSignal.timeout(UNBROKEN_MS + drainMs);
  return { ...io, ctx: io.ctx.withSignal(signal), signal };
}
