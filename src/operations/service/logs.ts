import { UserError } from '../../core/errors.js';
import { lineSink } from '../../core/lines.js';
import { LOG_LEVELS, type LogEntry, type LogLevel } from '../../core/log-entry.js';
import { serviceDir } from '../../remote/layout.js';
import { followLog, parseLogLine, readLog } from '../../remote/service-log.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, raiseRemote } from '../../kit/on-host.js';
import { presentPm2 } from '../deploy/deploy.js';
import { currentRelease } from '../../platforms/pm2/observe.js';
import { rememberSecrets } from '../../platforms/pm2/secrets-there.js';

export interface LogsOptions {
  service: string;
  /** How many of the last entries; with `sinceMs` or a filter, of those that fit. */
  lines: number;
  follow: boolean;
  /** Only entries of the last milliseconds, by the clock of the host. */
  sinceMs?: number;
  /** Only entries of this level and above. */
  level?: LogLevel;
  /** Only entries whose line has a match of this regular expression. */
  grep?: string;
  /** Called for each entry as it comes. */
  onEntry: (entry: LogEntry) => void;
  /** Resolves when more entries can be taken. */
  ready?: () => Promise<void>;
}

export interface LogsResult {
  service: string;
  host: string;
  /** As they stand in the log, without secrets; none with `follow`. */
  lines: string[];
}

/** Milliseconds that a followed log may be silent: 24 days, the longest that a timer takes. */
const SILENT_MS = 2 ** 31 - 1;
const READ_MS = 600_000;

/**
 * The last entries of a service's log where it is now, over rotated files and in the order of their time; with `follow`
 * until the user ends it.
 */
export async function serviceLogs(ctx: OperationContext, options: LogsOptions): Promise<LogsResult> {
  const { service, lines, follow, onEntry } = options;
  const filter = filterOf(options);
  const {
    placement: { host },
  } = await presentPm2(ctx, service);
  const release = await currentRelease(ctx, host, service);
  if (release) await rememberSecrets(ctx, host, service, release);
  const since = await sinceOn(ctx, host, options.sinceMs);
  const transport = await ctx.transport(host);
  const files = ['out.log', 'error.log'].map((name) => ({ name, path: `${serviceDir(service)}/logs/${name}` }));

  const stream = async (name: string, argv: string[], take: (entry: LogEntry) => void): Promise<void> => {
    let time: string | undefined;
    const stdout = lineSink((line) => {
      if (line === '') return;
      const entry = parseLogLine(ctx.scrubber.scrub(line), name === 'error.log');
      // A line without a time belongs to the one before it, as those of a stack do.
      time = entry.time ?? time;
      if ((since === undefined || (time ?? '') >= since) && filter(entry)) take({ ...entry, time });
    }, options.ready);
    const sinks = { stdout, stderr: lineSink(() => undefined) };
    const result = await transport.run(
      { argv },
      { signal: ctx.signal, sinks, ...(follow ? { idleTimeoutMs: SILENT_MS } : { timeoutMs: READ_MS }) },
    );
    if (!follow && result.code !== 0) raiseRemote(host, 'The logs could not be read', { argv }, result);
  };

  if (follow) {
    await Promise.all(files.map(({ name, path }) => stream(name, followLog(path, lines), onEntry)));
    return { service, host, lines: [] };
  }
  const filtered = options.level !== undefined || options.grep !== undefined;
  const read = files.map(async ({ name, path }) => {
    const last: LogEntry[] = [];
    await stream(name, readLog(path, filtered ? 'all' : lines, since), (entry) => {
      last.push(entry);
      if (last.length > 2 * lines) last.splice(0, last.length - lines);
    });
    return last.slice(-lines);
  });
  const entries = (await Promise.all(read))
    .flat()
    .sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : (a.time ?? '') > (b.time ?? '') ? 1 : 0))
    .slice(-lines);
  entries.forEach(onEntry);
  return { service, host, lines: entries.map(({ raw }) => raw) };
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
