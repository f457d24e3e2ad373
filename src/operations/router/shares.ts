import type { PlacementStats, RequestCounts } from './engine.js';
import { likelihoodOfExcess, type Sample } from './fisher.js';
import { answersOf, hitsOf, sampleOf, shareOf, sumOf, type StatusClass } from './request-counts.js';

/** Limits of the comparison of both sides' answers. */
export interface ShareLimits {
  /** By how much the share of a class of status may be above that of the old side. */
  maxShareIncrease: number;
  /** Answers of a side needed to compare a route. */
  minRequests: number;
}

/** Below this likelihood of chance a difference is a breach; it is divided by the number of comparisons. */
const BREACH = 0.001;
/** Below this one it is no pass yet: more answers tell. */
const DOUBT = 0.02;
/**
 * The limit of a breach for 401 and 403: they have a cause, since the new side does not know the keys or the callers.
 */
const DENIED_BREACH = 0.05;

const CLASSES: Record<string, StatusClass> = {
  // 304 tells of the client's cache.
  '3xx': (status) => status >= 300 && status < 400 && status !== 304,
  '4xx': (status) => status >= 400 && status < 500,
  '5xx': (status) => status >= 500,
};
const DENIED: StatusClass = (status) => status === 401 || status === 403;
const NOT_SERVED: StatusClass = (status) => CLASSES['3xx']!(status) || CLASSES['4xx']!(status);

/** What the figures say. `open`: too few answers to tell. */
export type Verdict = { state: 'pass' } | { state: 'breach'; reason: string } | { state: 'open'; reason: string };

/** What the old side answered: while the new one had its share, and over a longer time up to now. */
export interface OldSide {
  concurrent: PlacementStats | undefined;
  baseline: PlacementStats | undefined;
}

/**
 * Compares the shares of each class of status of both sides, over all and for each route with enough answers. A share
 * that is clearly above that of the old side is a breach; one that may be is `open`.
 */
export function compareShares(limits: ShareLimits, fresh: PlacementStats, { concurrent, baseline }: OldSide): Verdict {
  // What both sides answered at the same time is compared by preference: what users ask for changes over time.
  const fair = concurrent && answersOf(concurrent) >= Math.max(limits.minRequests, answersOf(fresh) / 2);
  const old = fair ? concurrent : baseline;
  const scopes = old ? scopesOf(limits, fresh, old) : [];
  const verdicts = [
    ...deniedOf(limits, fresh, baseline),
    ...scopes.flatMap((scope) => compare(limits, scope, scopes.length)),
    ...(old ? [] : unmatched(limits, fresh)),
  ];
  const worst = (wanted: Verdict['state']): Verdict | undefined => verdicts.find(({ state }) => state === wanted);
  return worst('breach') ?? worst('open') ?? { state: 'pass' };
}

/** What is compared: all answers, or those to one route. */
interface Scope {
  /** ` to GET /api/x`, or nothing for all answers. */
  to: string;
  fresh: RequestCounts;
  /** Answers of the old side. */
  total: number;
  /** Those of them that are of a class. */
  hits: (of: StatusClass) => number;
  unanswered: number;
}

interface KnownRoute {
  route: string;
  counts: RequestCounts;
  before: RequestCounts;
}

function scopesOf(limits: ShareLimits, fresh: PlacementStats, old: PlacementStats): Scope[] {
  const known = Object.entries(fresh.routes ?? {}).flatMap(([route, counts]): KnownRoute[] => {
    const before = old.routes?.[route];
    return before && answersOf(before) >= limits.minRequests ? [{ route, counts, before }] : [];
  });
  const routes = known.filter(({ counts }) => answersOf(counts) >= limits.minRequests);
  const covered = answersOf(sumOf(known.map(({ counts }) => counts)));
  return [
    covered > 0 && covered >= answersOf(fresh) / 2 ? weighted(known, covered) : { to: '', fresh, ...asItIs(old) },
    ...routes.map(({ route, counts, before }) => ({ to: ` to ${route}`, fresh: counts, ...asItIs(before) })),
  ];
}

const asItIs = (old: RequestCounts): Pick<Scope, 'total' | 'hits' | 'unanswered'> => ({
  total: answersOf(old),
  hits: (of) => hitsOf(old, of),
  unanswered: old.unanswered ?? 0,
});

/**
 * The routes that both sides know; those of the old side weigh as in the new one's traffic: another mix is no fault.
 */
function weighted(known: readonly KnownRoute[], covered: number): Scope {
  const total = answersOf(sumOf(known.map(({ before }) => before)));
  const expected = (hits: (before: RequestCounts) => number): number => {
    const share = known.reduce(
      (sum, { counts, before }) => sum + (answersOf(counts) * hits(before)) / answersOf(before),
      0,
    );
    return Math.round((total * share) / covered);
  };
  return {
    to: '',
    total,
    fresh: sumOf(known.map(({ counts }) => counts)),
    hits: (of) => expected((before) => hitsOf(before, of)),
    unanswered: expected(({ unanswered = 0 }) => unanswered),
  };
}

function compare(limits: ShareLimits, scope: Scope, scopes: number): Verdict[] {
  const total = answersOf(scope.fresh);
  const classes = [
    ...Object.entries(CLASSES).map(([name, of]) => ({ name, hits: hitsOf(scope.fresh, of), old: scope.hits(of) })),
    { name: 'missing', hits: scope.fresh.unanswered ?? 0, old: scope.unanswered },
  ];
  return classes.flatMap(({ name, hits, old }): Verdict[] => {
    const now = { hits, total };
    const before = { hits: Math.min(old, scope.total), total: scope.total };
    if (shareOf(now) - shareOf(before) <= limits.maxShareIncrease) return [];
    const chance = likelihoodOfExcess(now, before);
    if (chance >= DOUBT) return [];
    return [{ state: chance < BREACH / scopes ? 'breach' : 'open', reason: reasonOf(now, scope.to, name, before) }];
  });
}

/** 401 and 403 that the old side gives to nobody. */
function deniedOf(limits: ShareLimits, fresh: PlacementStats, old: PlacementStats | undefined): Verdict[] {
  const known = Object.entries(fresh.routes ?? {}).flatMap(([route, counts]): KnownRoute[] => {
    const before = old?.routes?.[route];
    return before ? [{ route: ` to ${route}`, counts, before }] : [];
  });
  const all: KnownRoute = { route: '', counts: fresh, before: old ?? {} };
  return [all, ...known].flatMap(({ route, counts, before }): Verdict[] => {
    const [now, then] = [sampleOf(counts, DENIED), sampleOf(before, DENIED)];
    if (now.hits === 0 || then.hits > 0) return [];
    const reason = reasonOf(now, route, '401 or 403', then);
    if (now.hits > 1 && likelihoodOfExcess(now, then) < DENIED_BREACH) return [{ state: 'breach', reason }];
    const few = route !== '' && now.hits === 1;
    return !few && shareOf(now) > limits.maxShareIncrease ? [{ state: 'open', reason }] : [];
  });
}

/** Without an answer of the old side nobody can tell whether it would have given the same. */
function unmatched(limits: ShareLimits, fresh: PlacementStats): Verdict[] {
  const now = sampleOf(fresh, NOT_SERVED);
  if (shareOf(now) <= limits.maxShareIncrease) return [];
  return [
    { state: 'open', reason: `${reasonOf(now, '', '3xx or 4xx')}, and the old side gave none to compare them with` },
  ];
}

function reasonOf(now: Sample, to: string, name: string, old?: Sample): string {
  const before = old ? `; old side ${old.hits} of ${old.total}` : '';
  return `${now.hits} of ${now.total} answers${to} are ${name} (${(shareOf(now) * 100).toFixed(1)} %${before})`;
}
