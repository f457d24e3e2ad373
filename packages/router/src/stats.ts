import type { LogMark, RouterStats } from 'fanops-protocol';
import type { LostEntries } from './access-log.js';
import type { AccessEntry } from './exchange.js';
import { keptLogs, linesOf, openLogs, type LogFile } from './log-files.js';
import { endOfLog, formatPosition, holds, type LogPosition } from './log-position.js';
import { Tally } from './tally.js';

export interface StatsQuery {
  since: Date;
  until: Date;
  service?: string | undefined;
}

const GONE = 'the access log was rotated away or replaced since';
const TORN = 'a line of the access log cannot be read';
const SHORT = 'the access log does not reach back that far';

/** The present end of the log, from which `readStatsFrom` counts, whatever clocks do meanwhile. */
export async function markLog(dir: string): Promise<LogMark> {
  return { position: formatPosition(await endOfLog(dir)), time: new Date().toISOString() };
}

/**
 * Counts the requests that were logged behind a position. Behind one that is gone nothing is counted, and the result
 * says so.
 */
export async function readStatsFrom(dir: string, position: LogPosition, service?: string): Promise<RouterStats> {
  const tally = new Tally();
  const until = new Date().toISOString();
  const files = await openLogs(dir);
  try {
    let at = -1;
    for (let index = 0; index < files.length && at < 0; index += 1)
      if (await holds(files[index]!, position)) at = index;
    if (at < 0 && (position.offset > 0 || files.some(({ age }) => age === keptLogs)))
      return { until, complete: false, gap: GONE, services: {} };
    const behind = at < 0 ? files : files.slice(0, at + 1);
    for (const [index, { handle }] of behind.entries()) {
      for await (const line of linesOf(handle, index === at ? position.offset : 0)) {
        const entry = timeOf(line) === undefined ? undefined : parsed(line);
        if (entry) tally.add(entry, service);
        else if (line !== '') tally.gap ??= TORN;
      }
    }
  } finally {
    await Promise.all(files.map(({ handle }) => handle.close()));
  }
  return { until, ...outcome(tally) };
}

const outcome = (tally: Tally): Pick<RouterStats, 'complete' | 'gap' | 'services'> => ({
  complete: tally.gap === undefined,
  ...(tally.gap !== undefined && { gap: tally.gap }),
  services: tally.services(),
});

/** Counts the requests of a time span from the access logs of a directory. */
export async function readStats(dir: string, { since, until, service }: StatsQuery): Promise<RouterStats> {
  const [from, to] = [since.toISOString(), until.toISOString()];
  const tally = new Tally();
  const files = await openLogs(dir);
  try {
    let reachesBack = false;
    for (const file of files) {
      // An engine that leaves writes on to a file that was moved away.
      if (reachesBack && (await file.handle.stat()).mtime < since) break;
      const first = await firstTime(file);
      let last = '';
      let torn = false;
      for await (const line of linesOf(file.handle)) {
        const time = timeOf(line);
        const entry = time !== undefined && time >= from && time < to ? parsed(line) : undefined;
        if (entry) tally.add(entry, service);
        const whole = time !== undefined && (entry !== undefined || time < from || time >= to);
        // A full disk or a killed engine leaves torn lines; each is of some time between its neighbours.
        if (torn && whole && time >= from && last < to) tally.gap ??= TORN;
        torn = whole ? false : torn || line !== '';
        if (whole) last = time;
      }
      if (torn && last < to) tally.gap ??= TORN;
      reachesBack ||= first !== undefined && first < from;
    }
    // A full set of files has dropped older ones.
    if (!reachesBack && files.some(({ age }) => age === keptLogs)) tally.gap ??= SHORT;
  } finally {
    await Promise.all(files.map(({ handle }) => handle.close()));
  }
  return { since: from, until: to, ...outcome(tally) };
}

/** Lines begin with their time, so that those of another time need not be parsed; undefined for a line that is none. */
function timeOf(line: string): string | undefined {
  return line.endsWith('}') ? /^\{"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/.exec(line)?.[1] : undefined;
}

function parsed(line: string): AccessEntry | LostEntries | undefined {
  try {
    const entry = JSON.parse(line) as AccessEntry | LostEntries;
    return 'lost' in entry ? entry : asEnded(entry);
  } catch {
    return undefined; // torn: the next one began in the middle of it
  }
}

/**
 * What HAProxy knows only when it has said all else: who ended a response halfway (`CD`: the client, `SD`: the
 * placement, small letters: by silence).
 */
function asEnded(entry: AccessEntry): AccessEntry {
  if (entry.end?.[1] !== 'D' || entry.upgrade || entry.error || entry.client) return entry;
  if (/[Ss]/.test(entry.end)) return { ...entry, error: entry.end[0] === 's' ? 'ETIMEDOUT' : 'ECONNRESET' };
  return { ...entry, status: 499, client: 'aborted' };
}

async function firstTime({ handle }: LogFile): Promise<string | undefined> {
  for await (const line of linesOf(handle)) {
    const time = timeOf(line);
    if (time) return time;
  }
  return undefined;
}
