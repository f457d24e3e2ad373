import { setTimeout as delay } from 'node:timers/promises';
import { targetsOf, type Probe, type Target } from 'fanops-protocol';
import { toProbeError } from './probe-error.js';
import type { ProbeContext } from './probe-path.js';
import { probeOnce, probeUrl, type ProbeAnswer, type ProbeLimits } from './probe-request.js';
import type { Baseline, HealthRequest, Placement, Route } from './state.js';

/** As long as the engines wait for a connection; a function app that starts anew needs time for its first answer. */
export const probeLimits: ProbeLimits = { connectMs: 10_000, answerMs: 30_000 };

/** What passes by itself within a moment is asked again: not what took its whole time already. */
const TRIES = 3;
const PAUSE_MS = 400;

/** Pages by which a platform says that nothing of its user's runs there. */
const PLACEHOLDERS = [
  /Your Functions \d+(\.\d+)? app is up and running/i,
  /Your (App Service|web) app is (running and waiting|up and running)/i,
  /Your app service is up and running/i,
  /Microsoft Azure App Service - Welcome/i,
  /<title>\s*Web App - Unavailable\s*<\/title>/i,
  /<title>\s*Microsoft Azure (Web App|App Service) - (Error|Unavailable)[^<]*<\/title>/i,
  /Error 40[34] - (This )?web app (is stopped|not found)/i,
];

/** The request by which a placement of a route is probed. */
export const healthOf = (route: Route, placement: string): HealthRequest =>
  route.health?.[placement] ?? { path: route.path };

/** How a baseline names its request. */
const requestKey = ({ method = 'GET', path }: HealthRequest): string => `${method} ${path}`;

/**
 * Why an answer does not count; undefined for a good one. With a baseline the status must be of its class, and no 404
 * that
 * it was not; without one anything below 500 counts. A placeholder page of the platform never does.
 */
export function judgeAnswer(
  answer: Pick<ProbeAnswer, 'status' | 'body'>,
  baseline: number | undefined,
): string | undefined {
  const { status, body } = answer;
  if (PLACEHOLDERS.some((page) => page.test(body))) return `answers ${status} with a placeholder page of the platform`;
  if (status >= 500) return `answers ${status}`;
  if (baseline === undefined || (status >= 200 && status < 300)) return undefined;
  const isAlike = Math.floor(status / 100) === Math.floor(baseline / 100) && (status !== 404 || baseline === 404);
  return isAlike ? undefined : `answers ${status}, and answered ${baseline} when it was last judged good`;
}

/** The status that a placement gave to its health request when it was last judged good. */
export function baselineOf(route: Route, placement: string): number | undefined {
  const known = route.baselines?.[placement];
  return known?.request === requestKey(healthOf(route, placement)) ? known.status : undefined;
}

/**
 * Probes one target of a placement, again where a failure may pass by itself. The name of a target of which the route
 * file tells none is not told.
 */
export async function probeTarget(
  route: Route,
  placement: Placement,
  target: Target,
  context: ProbeContext,
  limits: ProbeLimits = probeLimits,
  tries = TRIES,
): Promise<Probe> {
  const ask = healthOf(route, placement.name);
  const baseline = baselineOf(route, placement.name);
  const request = `${ask.method ?? 'GET'} ${probeUrl(target, ask).href}`;
  const name = placement.targets && { target: target.name };
  const head = { service: route.service, placement: placement.name, ...name, request };
  const compared = baseline === undefined ? {} : { baseline };
  for (let attempt = 1; ; attempt += 1) {
    const found = await probeOnce(target, ask, route.host, context, limits).then(
      (answer): Omit<Probe, keyof typeof head> => {
        const reason = judgeAnswer(answer, baseline);
        const { address, status } = answer;
        return { ok: reason === undefined, address, status, ...compared, ...(reason && { reason }) };
      },
      (thrown: unknown): Omit<Probe, keyof typeof head> => {
        const { address, kind, code, message } = toProbeError(thrown);
        return { ok: false, ...(address && { address }), ...compared, reason: message, error: { kind, code } };
      },
    );
    if (found.ok || attempt >= tries || found.error?.kind === 'timeout') return { ...head, ...found };
    await delay(PAUSE_MS);
  }
}

/** Probes all targets of placements of a route side by side; those that are down only where no other one is there. */
export const probePlacements = (
  route: Route,
  placements: readonly Placement[],
  context: ProbeContext,
  limits?: ProbeLimits,
  tries?: number,
): Promise<Probe[]> =>
  Promise.all(
    placements.flatMap((placement) =>
      targetsToAsk(placement).map((target) => probeTarget(route, placement, target, context, limits, tries)),
    ),
  );

function targetsToAsk(placement: Placement): Target[] {
  const all = targetsOf(placement);
  const open = all.filter(({ down }) => !down);
  return open.length > 0 ? open : all;
}

/** The baselines of a route, with what has just passed. */
export function withBaselines(route: Route, probes: readonly Probe[]): Record<string, Baseline> {
  const passed = probes.filter(({ ok, status }) => ok && status !== undefined);
  return {
    ...route.baselines,
    ...Object.fromEntries(
      passed.map(({ placement, status = 0 }) => {
        return [placement, { status, request: requestKey(healthOf(route, placement)) }];
      }),
    ),
  };
}

/** One line for people: what was asked, and what came. */
export function probeText({ placement, target, request, address, reason = '', error }: Probe): string {
  const who = target === undefined ? placement : `${placement} on ${target}`;
  if (!error) return `${who} ${reason} (${request})`;
  return `${who} does not answer: ${reason} (${error.code}, ${request}${address ? `, tried ${address}` : ''})`;
}

/** The placements of a route that get more than they have, or that have traffic and are reached in another way. */
export function risingPlacements(present: Route | undefined, wanted: Route): Placement[] {
  const total = ({ placements }: Route): number =>
    Math.max(
      1,
      placements.reduce((sum, { weight }) => sum + weight, 0),
    );
  const share = (route: Route, { weight }: Placement): number => weight / total(route);
  const reached = ({ weight: _weight, ...rest }: Placement): string =>
    JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
  return wanted.placements.filter((next) => {
    if (next.weight === 0) return false;
    const before = present?.placements.find(({ name }) => name === next.name);
    if (!present || !before) return true;
    return share(wanted, next) > share(present, before) || reached(next) !== reached(before);
  });
}
