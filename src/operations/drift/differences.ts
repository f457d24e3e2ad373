import { portOf } from '../../core/url.js';
import type { DesiredProcess, ObservedProcess } from '../../platforms/contracts/platform.js';
import type { Route, RoutedPlacement } from '../../kit/route.js';

/**
 * A service as the fleet file wants it and as it is. Processes by placement; one that does not run, or was not asked
 * for, is absent.
 */
export interface Compared {
  desired: { route: Route; processes: Record<string, DesiredProcess> };
  observed: { route: Route | undefined; processes: Record<string, ObservedProcess> };
}

/** One thing in which the fleet file and the world differ. */
export interface Difference {
  /** Undefined: it is of the whole service. */
  placement?: string;
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
    const process = observed.processes[name];
    if (process) return ofProcess(name, wanted, process);
    const served = (observed.route?.placements.find((each) => each.name === name)?.weight ?? 0) > 0;
    return served
      ? differ({ placement: name, field: 'process', source: 'record' }, `on ${wanted.host}`, 'missing')
      : [];
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
    ofTarget(
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

function ofTarget(wanted: RoutedPlacement, present: RoutedPlacement | undefined): Difference[] {
  const at = { placement: wanted.name, source: 'route' as const };
  if (!present) return [{ ...at, field: 'placement', desired: wanted.url, observed: 'missing' }];
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

function ofProcess(placement: string, wanted: DesiredProcess, process: ObservedProcess): Difference[] {
  const [main = process.recorded] = process.listens;
  const keys = (has: boolean): string => (has ? 'given' : 'none');
  return [
    ...differ(
      { placement, field: 'port', source: 'record' },
      String(wanted.listen.port),
      String(process.recorded.port),
    ),
    ...differ({ placement, field: 'port', source: 'process' }, String(wanted.listen.port), String(main.port)),
    ...differ({ placement, field: 'address', source: 'process' }, wanted.listen.address, main.address),
    ...differ(
      { placement, field: 'instances', source: 'release' },
      String(wanted.instances),
      String(process.instances),
    ),
    ...differ({ placement, field: 'keys', source: 'release' }, keys(wanted.keys), keys(process.keys)),
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
export function differenceText({ placement, field, source, desired, observed }: Difference): string {
  if (field === 'route') return 'the router does not know it';
  return (
    `${placement === undefined ? '' : `${placement}: `}${field} ${desired} in the fleet file, ` +
    `${observed} in the ${source}`
  );
}
