import { BugError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { Target } from '../../platforms/contracts/module.js';
import { healthOf } from '../../kit/health.js';
import { trustedName } from './router-files.js';
import type { Route, RoutedPlacement } from '../../kit/route.js';

/**
 * The route of a service as the fleet file wants it, with all traffic on its first placement; version, fence and run
 * are filled in at writing.
 */
export function wantedRoute(fleet: Fleet, service: string, addressOf: (host: string) => string): Route {
  const config = fleet.service(service);
  const placement = fleet.initialPlacement(service);
  return {
    service,
    version: 0,
    fence: 0,
    run: '',
    at: '',
    placement,
    path: config.route?.path ?? '/',
    host: config.route?.host,
    health: healthOf(fleet, service),
    placements: Object.keys(config.placements).map((name) => ({
      ...routedTo(service, name, fleet.targets(service, name, addressOf)),
      weight: name === placement ? 100 : 0,
    })),
  };
}

function routedTo(service: string, name: string, targets: readonly Target[]): Omit<RoutedPlacement, 'weight'> {
  const [first, ...others] = targets;
  if (!first) throw new BugError(`The placement ${name} of ${service} has no target.`);
  const { url, serverName, verify, trustedCertificate } = first;
  return {
    name,
    url,
    ...(serverName && { serverName }),
    ...(verify === false && { verify }),
    ...(trustedCertificate && { trusted: trustedName(service, name) }),
    ...(others.length > 0 && { targets: targets.map((each) => ({ name: each.host ?? each.url, url: each.url })) }),
  };
}

/** A target stays down until a change that has brought its host level says that it is up: `down` is then false. */
function withDown<P extends RoutedPlacement>(wanted: P, present: RoutedPlacement | undefined): P {
  if (!wanted.targets) return wanted;
  const targets = wanted.targets.map(({ down, ...target }) => {
    const isDown = down ?? present?.targets?.find(({ name }) => name === target.name)?.down;
    return { ...target, ...(isDown && { down: true }) };
  });
  return { ...wanted, targets };
}

/** A route in which of a placement with several targets those of some hosts are down, and all others up. */
export const withTargetsDown = (route: Route, placement: string, hosts: readonly string[]): Route => ({
  ...route,
  placements: route.placements.map(({ targets, ...each }) => ({
    ...each,
    ...(targets && {
      targets:
        each.name === placement ? targets.map((target) => ({ ...target, down: hosts.includes(target.name) })) : targets,
    }),
  })),
});

/**
 * What the file wants, laid over what is in effect: path and addresses come from the file, weights and placement from
 * the router. So does which targets are down, unless `wanted` says.
 * A placement that left the file keeps its route while it has traffic.
 */
export function mergeRoute(wanted: Route, present: Route | undefined): Route {
  if (!present) return wanted;
  const known = new Set(wanted.placements.map((placement) => placement.name));
  const weightOf = (name: string): number =>
    present.placements.find((placement) => placement.name === name)?.weight ?? 0;
  const kept = present.placements.filter((placement) => !known.has(placement.name) && placement.weight > 0);
  return {
    ...present,
    path: wanted.path,
    host: wanted.host,
    health: wanted.health,
    placements: [
      ...wanted.placements.map((placement) => ({
        ...withDown(
          placement,
          present.placements.find(({ name }) => name === placement.name),
        ),
        weight: weightOf(placement.name),
      })),
      ...kept,
    ],
  };
}

/** True when the placements of two routes are probed by the same requests. */
export const sameHealth = (a: Route, b: Route): boolean =>
  JSON.stringify(a.health ?? {}) === JSON.stringify(b.health ?? {});

/** True when two routes send the same requests to the same places. */
export function sameRoute(a: Route, b: Route): boolean {
  const shape = (route: Route): string =>
    JSON.stringify([
      route.path,
      route.host ?? null,
      route.placement,
      route.placements.map((p) => [
        ...[p.name, p.url, p.weight, p.serverName ?? null, p.verify ?? true, p.trusted ?? null],
        (p.targets ?? []).map(({ name, url, down }) => [name, url, down ?? false]),
      ]),
    ]);
  return shape(a) === shape(b);
}
