import type { z } from 'zod';
import { UserError } from '../../core/errors.js';
import { lineSink } from '../../core/lines.js';
import { LOG_LEVELS, type LogEntry } from '../../core/log-entry.js';
import { toldBy } from '../../core/told-by.js';
import { serviceDir } from '../../remote/layout.js';
import { followLog, parseLogLine, readLog } from '../../remote/service-log.js';
import type { RunOptions } from '../../transports/transport.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, raiseRemote } from '../../kit/on-host.js';
import { presentPm2 } from '../deploy/deploy.js';
import { currentRelease } from '../../platforms/pm2/observe.js';
import { rememberSecrets } from '../../platforms/pm2/secrets-there.js';
import type { options, result } from './logs.schema.js';

export type LogsOptions = z.output<typeof options>;

export type LogsResult = z.output<typeof result>;

/** What a terminal does with the entries that are read. */
export interface LogsTerminal {
  onEntry?: (entry: LogEntry) => void;
}

/** Milliseconds that a followed log may be silent: 24 days, the longest that a timer takes. */
const SILENT_MS = 2 ** 31 - 1;
const READ_MS = 600_000;

/** The log of a service on the host where it is now. */
interface Log {
  host: string;
  since?: string;
  files: { name: string; path: string }[];
  /** Runs a command that prints lines of one of the files and hands out those that fit. */
  read(name: string, argv: string[], take: (entry: LogEntry) => void, how: How): Promise<void>;
}

interface How extends Pick<RunOptions, 'timeoutMs' | 'idleTimeoutMs'> {
  /** True for a command that goes on until it is ended. */
  follow?: boolean;
  /** Resolves when more entries can be taken. */
  ready?: () => Promise<void>;
  signal?: AbortSignal;
}

async function logOf(ctx: OperationContext, options: LogsOptions): Promise<Log> {
  const { service } = options;
  const filter = filterOf(options);
  const {
    placement: { host },
  } = await presentPm2(ctx, service);
  const release = await currentRelease(ctx, host, service);
  if (release) await rememberSecrets(ctx, host, service, release);
  const since = await sinceOn(ctx, host, options.sinceMs);
  const transport = await ctx.transport(host);
  return {
    host,
    since,
    files: ['out.log', 'error.log'].map((name) => ({ name, path: `${serviceDir(service)}/logs/${name}` })),
    async read(name, argv, take, { follow = false, ready, signal = ctx.signal, ...limits }) {
      let time: string | undefined;
      const stdout = lineSink((line) => {
        if (line === '') return;
        const entry = parseLogLine(ctx.scrubber.scrub(line), name === 'error.log');
        // A line without a time belongs to the one before it, as those of a stack do.
        time = entry.time ?? time;
        if ((since === undefined || (time ?? '') >= since) && filter(entry)) take({ ...entry, time });
      }, ready);
      const sinks = { stdout, stderr: lineSink(() => undefined) };
      const result = await transport.run({ argv }, { signal, sinks, ...limits });
      if (!follow && result.code !== 0) raiseRemote(host, 'The logs could not be read', { argv }, result);
    },
  };
}

/** The last entries of a service's log where it is now, over rotated files and in the order of their time. */
export async function serviceLogs(
  ctx: OperationContext,
  options: LogsOptions,
  { onEntry }: LogsTerminal = {},
): Promise<LogsResult> {
  const { service, lines } = options;
  const { host, since, files, read } = await logOf(ctx, options);
  const filtered = options.level !== undefined || options.grep !== undefined;
  const found = files.map(async ({ name, path }) => {
    const last: LogEntry[] = [];
    const keep = (entry: LogEntry): void => {
      last.push(entry);
      if (last.length > 2 * lines) last.splice(0, last.length - lines);
    };
    await read(name, readLog(path, filtered ? 'all' : lines, since), keep, { timeoutMs: READ_MS });
    return last.slice(-lines);
  });
  const entries = (await Promise.all(found))
    .flat()
    .sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : (a.time ?? '') > (b.time ?? '') ? 1 : 0))
    .slice(-lines);
  if (onEntry) entries.forEach(onEntry);
  return { service, host, lines: entries.map(({ raw }) => raw) };
}

/** The same and what comes after it, until the signal of the context. */
export async function* followLogs(ctx: OperationContext, options: LogsOptions): AsyncIterable<LogEntry> {
  const { files, read } = await logOf(ctx, options);
  yield* toldBy<LogEntry>((tell, ready, left) => {
    const signal = AbortSignal.any([ctx.signal, left]);
    const how = { idleTimeoutMs: SILENT_MS, follow: true, ready, signal };
    return Promise.all(files.map(({ name, path }) => read(name, followLog(path, options.lines), tell, how)));
  });
}

function filterOf({ level, grep }: LogsOptions): (entry: LogEntry) => boolean {
  const least = level === undefined ? 0 : LOG_LEVELS.indexOf(level);
  let pattern: RegExp | undefined;
  try {
    pattern = grep === undefined ? undefined : new RegExp(grep);
  } catch (error) {
    throw new UserError(`--grep: "${grep}" is not a regular expression.`, { cause: error });
  }
  return (entry) =>
    LOG_LEVELS.indexOf(entry.level) >= least &&
    (!pattern || pattern.test(`${entry.source ?? ''} ${entry.message}`) || pattern.test(entry.raw));
}

async function sinceOn(ctx: OperationContext, host: string, sinceMs: number | undefined): Promise<string | undefined> {
  if (sinceMs === undefined) return undefined;
  const now = Number(await ask(ctx, host, ['date', '+%s'], 'The time could not be asked')) * 1000;
  return new Date(now - sinceMs).toISOString();
}
