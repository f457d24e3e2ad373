import type { LostEntries } from './access-log.js';
import type { AccessEntry } from './exchange.js';
import { LatencyHistogram, type LatencyMs } from './latency.js';
import { keptLogs, linesOf, openLogs, type LogFile } from './log-files.js';

/** What a placement did in the time asked for. */
export interface PlacementStats {
  requests: number;
  /** Answers of 500 and above, and failures of the placement. */
  errors: number;
  /** Answers of 400 to 499; an aborted request is not among them. */
  clientErrors: number;
  /** Requests that the client left before their end. */
  aborted: number;
  /** Of the requests that ran to their end; upgrades and aborted requests have none. */
  latencyMs: LatencyMs | null;
  /** Count by status as sent; 499 for aborted. */
  statuses: Record<string, number>;
}

export interface RouterStats {
  /** ISO 8601; an entry counts when `since <= time < until`. */
  since: string;
  until: string;
  /** False when the log does not reach back to `since`, entries were lost, or a line can't be read. */
  complete: boolean;
  /** By service, then by placement; `-` where no route or no placement took the request. */
  services: Record<string, { placements: Record<string, PlacementStats> }>;
}

export interface StatsQuery {
  since: Date;
  until: Date;
  service?: string | undefined;
}

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
        if (torn && whole && time >= from && last < to) tally.complete = false;
        torn = whole ? false : torn || line !== '';
        if (whole) last = time;
      }
      if (torn && last < to) tally.complete = false;
      reachesBack ||= first !== undefined && first < from;
    }
    // A full set of files has dropped older ones.
    if (!reachesBack && files.some(({ age }) => age === keptLogs)) tally.complete = false;
  } finally {
    await Promise.all(files.map(({ handle }) => handle.close()));
  }
  return { since: from, until: to, complete: tally.complete, services: tally.services() };
}

interface Counters extends Omit<PlacementStats, 'latencyMs'> {
  latency: LatencyHistogram;
}

class Tally {
  complete = true;
  readonly #services = new Map<string, Map<string, Counters>>();

  add(entry: AccessEntry | LostEntries, only: string | undefined): void {
    if ('lost' in entry) {
      this.complete = false;
      return;
    }
    if (only !== undefined && entry.service !== only) return;
    const counters = this.#of(entry.service, entry.placement);
    const { status } = entry;
    counters.requests += 1;
    counters.statuses[status] = (counters.statuses[status] ?? 0) + 1;
    if (entry.client === 'aborted') counters.aborted += 1;
    else if (status >= 500 || entry.error) counters.errors += 1;
    else if (status >= 400) counters.clientErrors += 1;
    if (!entry.client && !entry.upgrade) counters.latency.add(entry.ms);
  }

  services(): RouterStats['services'] {
    return sorted(this.#services, (placements) => ({
      placements: sorted(placements, ({ latency, ...counts }) => ({ ...counts, latencyMs: latency.summary() })),
    }));
  }

  #of(service: string, placement: string): Counters {
    const placements = this.#services.get(service) ?? new Map<string, Counters>();
    this.#services.set(service, placements);
    const counters = placements.get(placement)
      ?? { requests: 0, errors: 0, clientErrors: 0, aborted: 0, statuses: {}, latency: new LatencyHistogram() };
    placements.set(placement, counters);
    return counters;
  }
}

function sorted<T, U>(map: Map<string, T>, shape: (value: T) => U): Record<string, U> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, shape(value)]));
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

/** What HAProxy knows only when it has said all else: who ended a response halfway (`CD`: the client, `SD`: the placement, small letters: by silence). */
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
