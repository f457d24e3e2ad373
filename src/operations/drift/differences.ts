import { hasSeveralTargets, targetsOf } from '#protocol';
import { portOf } from '../../core/url.js';
import type { DesiredProcess, ObservedProcess } from '../../platforms/contracts/platform.js';
import { routedUrl, type Route, type RoutedPlacement } from '../../kit/route.js';

/**
 * A service as the fleet file wants it and as it is. Processes by placement, one for each of its hosts; those that do
 * not run, or were not asked for, are absent.
 */
export interface Compared {
  desired: { route: Route; processes: Record<string, readonly DesiredProcess[]> };
  observed: { route: Route | undefined; processes: Record<string, readonly ObservedProcess[]> };
}

/** One thing in which the fleet file and the world differ. */
export interface Difference {
  /** Undefined: it is of the whole service. */
  placement?: string;
  /** Of a placement on several hosts: the one that it is of. */
  on?: string;
  field:
    | 'route'
    | 'path'
    | 'host'
    | 'placement'
    | 'port'
    | 'url'
    | 'serverName'
    | 'verify'
    | 'trustedCertificate'
    | 'address'
    | 'hosts'
    | 'target'
    | 'process'
    | 'instances'
    | 'keys';
  /** Who has the other value. */
  source: 'route' | 'record' | 'process' | 'release';
  desired: string;
  observed: string;
}

/**
 * All in which the fleet file differs from route, record and process of a service. Weights and the present placement
 * are the router's own.
 */
export function differences({ desired, observed }: Compared): Difference[] {
  const processes = Object.entries(desired.processes).flatMap(([name, wanted]) => {
    const routed = observed.route?.placements.find((each) => each.name === name);
    return wanted.flatMap((each) => {
      const at = { placement: name, ...(wanted.length > 1 && { on: each.host }) };
      const process = observed.processes[name]?.find(({ host }) => host === each.host);
      if (process) return ofProcess(at, each, process);
      const served = (routed?.weight ?? 0) > 0 && routed && routedUrl(routed, each.host) !== undefined;
      return served ? differ({ ...at, field: 'process', source: 'record' }, `on ${each.host}`, 'missing') : [];
    });
  });
  return [...ofRoute(desired.route, observed.route), ...processes];
}

function ofRoute(wanted: Route, present: Route | undefined): Difference[] {
  if (!present) return [{ field: 'route', source: 'route', desired: wanted.path, observed: 'missing' }];
  const whole: Difference[] = [
    ...differ({ field: 'path', source: 'route' }, wanted.path, present.path),
    ...differ({ field: 'host', source: 'route' }, wanted.host ?? 'any', present.host ?? 'any'),
  ];
  const targets = wanted.placements.flatMap((placement) =>
    ofPlacement(
      placement,
      present.placements.find(({ name }) => name === placement.name),
    ),
  );
  const gone = present.placements.filter(
    ({ name, weight }) => weight > 0 && !wanted.placements.some((each) => each.name === name),
  );
  return [
    ...whole,
    ...targets,
    ...gone.map(({ name, url }): Difference => ({
      placement: name,
      field: 'placement',
      source: 'route',
      desired: 'missing',
      observed: url,
    })),
  ];
}

function ofPlacement(wanted: RoutedPlacement, present: RoutedPlacement | undefined): Difference[] {
  const at = { placement: wanted.name, source: 'route' as const };
  if (!present) return [{ ...at, field: 'placement', desired: wanted.url, observed: 'missing' }];
  if (!hasSeveralTargets(wanted) && !hasSeveralTargets(present)) return ofTarget(at, wanted, present);
  const [then, now] = [wanted, present].map((each) => new Map(targetsOf(each).map((target) => [target.name, target])));
  const hosts = (of: typeof then): string => [...(of?.keys() ?? [])].join(', ');
  return [
    ...differ({ ...at, field: 'hosts' }, hosts(then), hosts(now)),
    ...[...(then ?? [])].flatMap(([name, target]) => {
      const known = now?.get(name);
      const state = ({ down = false }: { down?: boolean }): string => (down ? 'down' : 'up');
      return known
        ? [
            ...ofTarget({ ...at, on: name }, target, known),
            ...differ({ ...at, on: name, field: 'target' }, state(target), state(known)),
          ]
        : [];
    }),
  ];
}

type TargetLike = Pick<RoutedPlacement, 'url' | 'serverName' | 'verify' | 'trusted'>;

function ofTarget(
  at: { placement: string; on?: string; source: 'route' },
  wanted: TargetLike,
  present: TargetLike,
): Difference[] {
  const [then, now] = [portOf(wanted.url), portOf(present.url)];
  const onlyPort = then !== now && withPort(present.url, then) === withPort(wanted.url, then);
  return [
    ...(onlyPort
      ? differ({ ...at, field: 'port' }, String(then), String(now))
      : differ({ ...at, field: 'url' }, wanted.url, present.url)),
    ...differ(
      { ...at, field: 'serverName' },
      wanted.serverName ?? 'that of the url',
      present.serverName ?? 'that of the url',
    ),
    ...differ({ ...at, field: 'verify' }, String(wanted.verify ?? true), String(present.verify ?? true)),
    ...differ({ ...at, field: 'trustedCertificate' }, wanted.trusted ?? 'none', present.trusted ?? 'none'),
  ];
}

function ofProcess(
  at: { placement: string; on?: string },
  wanted: DesiredProcess,
  process: ObservedProcess,
): Difference[] {
  const [main = process.recorded] = process.listens;
  const keys = (has: boolean): string => (has ? 'given' : 'none');
  return [
    ...differ({ ...at, field: 'port', source: 'record' }, String(wanted.listen.port), String(process.recorded.port)),
    ...differ({ ...at, field: 'port', source: 'process' }, String(wanted.listen.port), String(main.port)),
    ...differ({ ...at, field: 'address', source: 'process' }, wanted.listen.address, main.address),
    ...differ({ ...at, field: 'instances', source: 'release' }, String(wanted.instances), String(process.instances)),
    ...differ({ ...at, field: 'keys', source: 'release' }, keys(wanted.keys), keys(process.keys)),
  ];
}

const differ = (what: Omit<Difference, 'desired' | 'observed'>, desired: string, observed: string): Difference[] =>
  desired === observed ? [] : [{ ...what, desired, observed }];

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

/** `vm: port 4001 in the fleet file, 4000 in the route`. */
export function differenceText({ placement, on, field, source, desired, observed }: Difference): string {
  if (field === 'route') return 'the router does not know it';
  const at = placement === undefined ? '' : `${placement}${on === undefined ? '' : ` on ${on}`}: `;
  return `${at}${field} ${desired} in the fleet file, ${observed} in the ${source}`;
}
