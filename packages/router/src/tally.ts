import type {
  PlacementStats as ToldOfPlacement,
  RequestCounts as Told,
  TargetStats as ToldOfTarget,
} from 'fanops-protocol';
import type { LostEntries } from './access-log.js';
import type { AccessEntry } from './exchange.js';
import { LatencyHistogram } from './latency.js';
import { routeKey } from './route-key.js';

/** All that this program tells of requests; those of earlier versions told less. */
type RequestCounts = Required<Told>;
type TargetStats = Required<ToldOfTarget>;
type PlacementStats = Required<Omit<ToldOfPlacement, 'routes' | 'targets'>> & {
  routes: Record<string, RequestCounts>;
  /** Of a placement with targets. */
  targets?: Record<string, TargetStats>;
};
type ServiceTable = Record<string, { placements: Record<string, PlacementStats> }>;

/** Routes that are told of a placement, and that are counted meanwhile: a scanner asks for paths without end. */
const toldRoutes = 100;
const maxRoutes = 2000;

interface TargetCounters extends Omit<TargetStats, 'latencyMs'> {
  latency: LatencyHistogram;
}

interface Counters extends TargetCounters {
  targets: Map<string, TargetCounters>;
  routes: Map<string, RequestCounts & { requests: number }>;
}

/** Counts log entries. */
export class Tally {
  /** Why the counts prove nothing; undefined while they do. */
  gap: string | undefined;
  readonly #services = new Map<string, Map<string, Counters>>();

  add(entry: AccessEntry | LostEntries, only: string | undefined): void {
    if ('lost' in entry) {
      this.gap ??= `${entry.lost} entries could not be written to the access log`;
      return;
    }
    if (only !== undefined && entry.service !== only) return;
    const counters = this.#of(entry.service, entry.placement);
    countOutcome(counters, entry);
    countRoute(counters, entry);
    if (entry.target === undefined) return;
    const target = counters.targets.get(entry.target) ?? noRequests();
    counters.targets.set(entry.target, target);
    countOutcome(target, entry);
  }

  services(): ServiceTable {
    return sorted(this.#services, (placements) => ({
      placements: sorted(placements, ({ routes, targets, ...counters }) => ({
        ...statsOf(counters),
        routes: mostAsked(routes),
        ...(targets.size > 0 && { targets: sorted(targets, statsOf) }),
      })),
    }));
  }

  #of(service: string, placement: string): Counters {
    const placements = this.#services.get(service) ?? new Map<string, Counters>();
    this.#services.set(service, placements);
    const counters = placements.get(placement) ?? { ...noRequests(), routes: new Map(), targets: new Map() };
    placements.set(placement, counters);
    return counters;
  }
}

const noRequests = (): TargetCounters => ({
  requests: 0,
  errors: 0,
  clientErrors: 0,
  aborted: 0,
  unanswered: 0,
  statuses: {},
  latency: new LatencyHistogram(),
});

const statsOf = ({ latency, ...counts }: TargetCounters): TargetStats => ({ ...counts, latencyMs: latency.summary() });

function countOutcome(counters: TargetCounters, entry: AccessEntry): void {
  const { status } = entry;
  count(counters, entry);
  if (entry.client === 'aborted') return;
  if (status >= 500 || entry.error) counters.errors += 1;
  else if (status >= 400) counters.clientErrors += 1;
  if (!entry.upgrade) counters.latency.add(entry.ms);
}

function count(counts: RequestCounts & { requests: number }, { status, error, client }: AccessEntry): void {
  counts.requests += 1;
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
  if (error) counts.unanswered += 1;
  if (client === 'aborted') counts.aborted += 1;
}

function countRoute({ routes }: Counters, entry: AccessEntry): void {
  const key = routeKey(entry.method, entry.path);
  const route = routes.get(key) ?? { requests: 0, unanswered: 0, aborted: 0, statuses: {} };
  if (route.requests === 0 && routes.size >= maxRoutes) return;
  routes.set(key, route);
  count(route, entry);
}

function mostAsked(routes: Counters['routes']): PlacementStats['routes'] {
  const told = [...routes]
    .sort(([a, { requests: n }], [b, { requests: m }]) => m - n || (a < b ? -1 : 1))
    .slice(0, toldRoutes);
  return Object.fromEntries(told.map(([key, { requests: _, ...counts }]) => [key, counts]));
}

function sorted<T, U>(map: Map<string, T>, shape: (value: T) => U): Record<string, U> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, shape(value)]));
}
