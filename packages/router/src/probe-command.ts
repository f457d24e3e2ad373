import type { Probe } from 'fanops-protocol';
import { routeNames } from './desired.js';
import { probeLimits, probePlacements, risingPlacements } from './probe.js';
import { presentRoute, probeContext } from './put.js';
import { parseRoute, type Placement, type Route, type RouterSettings } from './state.js';

/** Who is probed. */
export interface ProbeOptions {
  /** Default: every service with a route. */
  service?: string;
  /** Default: all with weight. */
  placement?: string;
  /** Those that would get more than they have, or be reached in another way: what a put would ask. */
  rising?: boolean;
  /** Of a placement with targets: that one alone, also when it is down. */
  target?: string;
  /** A route as JSON in place of the one in effect; its baselines are those of the router. */
  text?: string;
  /** Settings in place of those of the router. */
  settings?: RouterSettings;
  /** Milliseconds for a connection, and again for the answer; each placement is then asked once. */
  timeoutMs?: number;
}

/**
 * Probes placements from this host; nothing is changed.
 * @throws {Error} for a service or placement that the routes do not have
 */
export async function probeCommand(dir: string, options: ProbeOptions): Promise<Probe[]> {
  const { service, placement, target, rising, text, settings, timeoutMs } = options;
  const context = await probeContext(dir, settings);
  const routes = text === undefined ? await routesOf(dir, service) : [await candidate(dir, text)];
  const limits = timeoutMs === undefined ? probeLimits : { connectMs: timeoutMs, answerMs: timeoutMs };
  const tries = timeoutMs === undefined ? undefined : 1;
  const found = await Promise.all(
    routes.map(async (route) => {
      const asked = rising
        ? risingPlacements(await presentRoute(dir, route.service), route)
        : route.placements.filter(({ name, weight }) => (placement ? name === placement : weight > 0));
      if (placement !== undefined && asked.length === 0) {
        throw new Error(`${route.service} has no placement ${placement} in its route`);
      }
      const targeted = target === undefined ? asked : asked.map((each) => withTarget(route, each, target));
      return probePlacements(route, targeted, context, limits, tries);
    }),
  );
  return found.flat();
}

/** @throws {Error} when the placement has no target of that name */
function withTarget({ service }: Route, placement: Placement, name: string): Placement {
  const targets = placement.targets?.filter((each) => each.name === name) ?? [];
  if (targets.length === 0) throw new Error(`placement ${placement.name} of ${service} has no target ${name}`);
  return { ...placement, targets };
}

async function routesOf(dir: string, service: string | undefined): Promise<Route[]> {
  const all = (await routeNames(dir)).map((name) => name.slice(0, -'.json'.length));
  const names = service === undefined ? all : [service];
  const routes = await Promise.all(names.map((name) => presentRoute(dir, name)));
  if (service !== undefined && !routes[0]) throw new Error(`there is no route of ${service}`);
  return routes.filter((route) => route !== undefined);
}

async function candidate(dir: string, text: string): Promise<Route> {
  const route = parseRoute(text);
  return { ...route, baselines: (await presentRoute(dir, route.service))?.baselines ?? {} };
}
