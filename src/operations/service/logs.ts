import type { z } from 'zod';
import { UserError } from '../../core/errors.js';
import { lineSink } from '../../core/lines.js';
import { LOG_LEVELS, type LogEntry } from '../../core/log-entry.js';
import { eventStream } from '../../core/event-stream.js';
import { parseLogLine } from '../../remote/service-log.js';
import type { RunOptions } from '../../transports/transport.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, raiseRemote } from '../../kit/on-host.js';
import { platformCapability } from '../../kit/platform.js';
import { presentPlacement } from '../../kit/placement-record.js';
import type { LogStream } from '../../platforms/contracts/platform.js';
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

/** The logs of a service where it is now. */
interface Logs {
  streams: LogStream[];
  /**
   * Runs a command that prints lines of one of them and hands out those that fit. @param argv of the time to begin at
   */
  read(log: LogStream, argv: (since?: string) => string[], take: (entry: LogEntry) => void, how: How): Promise<void>;
}

interface How extends Pick<RunOptions, 'timeoutMs' | 'idleTimeoutMs'> {
  /** True for a command that goes on until it is ended. */
  follow?: boolean;
  /** Resolves when more entries can be taken. */
  ready?: () => Promise<void>;
  signal?: AbortSignal;
}

async function logsOf(ctx: OperationContext, options: LogsOptions): Promise<Logs> {
  const { service } = options;
  const filter = filterOf(options);
  (await ctx.fleet()).service(service);
  const { placement } = await presentPlacement(ctx, service);
  const source = await platformCapability(ctx, service, placement, 'logs');
  return {
    streams: await source.streams(),
    async read(log, argvFrom, take, { follow = false, ready, signal = ctx.signal, ...limits }) {
      const since = await sinceOn(ctx, log.host, options.sinceMs);
      let time: string | undefined;
      const stdout = lineSink((line) => {
        if (line === '') return;
        const entry = parseLogLine(ctx.secrets.scrubber.scrub(line), log.isError);
        // A line without a time belongs to the one before it, as those of a stack do.
        time = entry.time ?? time;
        if ((since === undefined || (time ?? '') >= since) && filter(entry)) take({ ...entry, time });
      }, ready);
      const sinks = { stdout, stderr: lineSink(() => undefined) };
      const argv = argvFrom(since);
      const result = await (await ctx.hosts.transport(log.host)).run({ argv }, { signal, sinks, ...limits });
      if (!follow && result.code !== 0) raiseRemote(log.host, 'The logs could not be read', { argv }, result);
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
  const { streams, read } = await logsOf(ctx, options);
  const filtered = options.level !== undefined || options.grep !== undefined;
  const found = streams.map(async (log) => {
    const last: LogEntry[] = [];
    const keep = (entry: LogEntry): void => {
      last.push(entry);
      if (last.length > 2 * lines) last.splice(0, last.length - lines);
    };
    await read(log, (since) => log.read(filtered ? 'all' : lines, since), keep, { timeoutMs: READ_MS });
    return last.slice(-lines);
  });
  const entries = (await Promise.all(found))
    .flat()
    .sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : (a.time ?? '') > (b.time ?? '') ? 1 : 0))
    .slice(-lines);
  if (onEntry) entries.forEach(onEntry);
  return { service, host: streams[0]?.host ?? '', lines: entries.map(({ raw }) => raw) };
}

/** The same and what comes after it, until the signal of the context. */
export async function* followLogs(ctx: OperationContext, options: LogsOptions): AsyncIterable<LogEntry> {
  const { streams, read } = await logsOf(ctx, options);
  yield* eventStream<LogEntry>((tell, ready, left) => {
    const signal = AbortSignal.any([ctx.signal, left]);
    const how = { idleTimeoutMs: SILENT_MS, follow: true, ready, signal };
    return Promise.all(streams.map((log) => read(log, () => log.follow(options.lines), tell, how)));
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
