import type { Action, Guard, Step } from '../../core/plan.js';
import type { ServiceRecord } from '../../remote/release.js';
import type {
  At,
  DeployOptions,
  DesiredProcess,
  ObservedHealth,
  ObservedProcess,
  ObservedReadiness,
  Releases,
  RerunOptions,
  RunningRelease,
} from '../contracts/platform.js';
import { isNotReached } from '../../kit/not-there.js';
import { hostsOf, type HostsPlacement } from '../placement.js';

/** One of the hosts of a placement. */
export interface AtHost<P extends HostsPlacement> {
  service: string;
  placement: string;
  config: P;
  host: string;
  /** True where the placement has other hosts: ids and titles of steps then name this one. */
  isOneOfMany: boolean;
  /** Whether timers and queue triggers run here when they run in the placement: one of its hosts has them. */
  ownsBackground: boolean;
}

/** All hosts of a placement. Of those that are not left out the first has the background work. */
function allHosts<P extends HostsPlacement & { platform: string }>({
  service,
  placement,
  config,
  without,
}: At<P>): AtHost<P>[] {
  const all = hostsOf(config);
  const owner = all.find((host) => !without.includes(host));
  return all.map((host) => ({
    ...{ service, placement, config, host },
    isOneOfMany: all.length > 1,
    ownsBackground: host === owner,
  }));
}

/** The hosts of a placement but those that are left out. */
export const atHosts = <P extends HostsPlacement & { platform: string }>(at: At<P>): AtHost<P>[] =>
  allHosts(at).filter(({ host }) => !at.without.includes(host));

/** Releases of a service on one of the hosts of a placement: what a platform does there. */
export interface HostReleases {
  readonly host: string;
  /** Id of the step that swaps a release in. */
  readonly activateId: string;
  /** What the record on the host says; undefined when the service never ran there. */
  record(): Promise<ServiceRecord | undefined>;
  /** @throws PreconditionError (code NOT_OURS) when what the service is to have there belongs to somebody else */
  requireOwn(): Promise<void>;
  /** Releases that are kept whole, oldest first. */
  list(): Promise<string[]>;
  desired(): Promise<DesiredProcess>;
  /** Undefined when the service does not run there. */
  observe(): Promise<ObservedProcess | undefined>;
  health(): Promise<ObservedHealth | undefined>;
  /** Undefined when nothing is to run there, or the host's own look tells it. */
  readiness(): Promise<ObservedReadiness | undefined>;
  /** What brings back what runs now; where nothing does, what ends a release that was started. */
  putBack(release: string): Promise<Action>;
  /** Looks whether the host can run a release. @param bytes size of its source */
  check(bytes: number): Step;
  /** Brings a release to the host and tries it, beside the one that serves. */
  bring(options: DeployOptions, lane: Pick<Step, 'parallel'>): Step[];
  /** Swaps in a release that was brought to the host. @param address where it is to listen */
  activate(options: DeployOptions, address: string): Step;
  /** Tries a release that is kept. */
  retry(release: string, lane: Pick<Step, 'parallel'>): Step[];
  reactivate(options: RerunOptions): Step;
  start(): Step;
  /** @param undoable whether undoing the run starts it again */
  stop(undoable: boolean): Step;
  stopListening(port: number | undefined): Step;
  verify(release: string): Step;
  prune(): Step;
}

/**
 * Releases on the hosts of a placement. What leaves users alone is done on all hosts at once, the swap on one after the
 * other.
 * @param make what the platform does on one of them
 */
export function releasesAt<P extends HostsPlacement & { platform: string }>(
  at: At<P>,
  make: (host: AtHost<P>) => HostReleases,
): Releases {
  const all = allHosts(at).map(make);
  const [hosts, leftOut] = [false, true].map((isLeft) =>
    all.filter(({ host }) => at.without.includes(host) === isLeft),
  ) as [HostReleases[], HostReleases[]];
  const each = <T>(what: (host: HostReleases) => Promise<T | undefined>): Promise<T[]> =>
    Promise.all(hosts.map(what)).then((found) => found.filter((one) => one !== undefined));
  return {
    requireOwn: async () => void (await each((host) => host.requireOwn())),
    running: () => runningOn(hosts, leftOut),
    async list() {
      const [first = [], ...others] = await each((host) => host.list());
      return first.filter((release) => others.every((kept) => kept.includes(release)));
    },
    desired: () => each((host) => host.desired()),
    observe: () => each((host) => host.observe()),
    health: () => each((host) => host.health()),
    readiness: () => each((host) => host.readiness()),
    deploySteps: (options) => deploySteps(hosts, options),
    rerunSteps: (options) => rerunSteps(hosts, options),
    putBackGuards: (release, until) => putBackGuards(hosts, release, until),
    startSteps: () => hosts.map((host) => host.start()),
    stopSteps: ({ undoable = false } = {}) => hosts.map((host) => host.stop(undoable)),
    stopListeningSteps: (also) =>
      hosts.flatMap((host) => {
        const [first] = also[host.host] ?? [];
        return first ? [host.stopListening(first.port)] : [];
      }),
    verifySteps: (release) => hosts.map((host) => host.verify(release)),
    pruneSteps: () => hosts.map((host) => host.prune()),
  };
}

/** What hosts have in common; those that run another release, or none, are behind. */
async function runningOn(
  hosts: readonly HostReleases[],
  leftOut: readonly HostReleases[],
): Promise<RunningRelease | undefined> {
  const found = await Promise.all(hosts.map(async (host) => [host, await host.record()] as const));
  const record = found.find(([, each]) => each)?.[1];
  if (!record) return undefined;
  const { release, previous, port } = record;
  const background = found.some(([, each]) => each?.background);
  return {
    release,
    ...(previous !== undefined && { previous }),
    background,
    ...(!background && (await isOrphaned(leftOut)) && { orphaned: true }),
    port,
    behind: found.flatMap(([host, each]) => (each?.release === release ? [] : [host.host])),
  };
}

/**
 * Whether the background work of a placement was on a host that is left out and does not answer: then another one has
 * to take it over. On one that answers it goes on.
 */
async function isOrphaned(leftOut: readonly HostReleases[]): Promise<boolean> {
  const asked = await Promise.allSettled(leftOut.map((host) => host.record()));
  const failure = asked.find((each) => each.status === 'rejected' && !isNotReached(each.reason));
  if (failure?.status === 'rejected') throw failure.reason;
  return (
    asked.some(({ status }) => status === 'rejected') &&
    !asked.some((each) => each.status === 'fulfilled' && each.value?.background)
  );
}

/** Several lanes at once where there are several hosts. */
const laneOf = (hosts: readonly HostReleases[], host: HostReleases): Pick<Step, 'parallel'> =>
  hosts.length > 1 ? { parallel: { block: 'release', lane: host.host } } : {};

async function deploySteps(hosts: readonly HostReleases[], options: DeployOptions): Promise<Step[]> {
  const swaps = await Promise.all(
    hosts.map(async (host) => host.activate(options, (await host.desired()).listen.address)),
  );
  return [
    ...hosts.map((host) => host.check(options.source.bytes)),
    ...options.hooks([...hosts.flatMap((host) => host.bring(options, laneOf(hosts, host))), ...swaps]),
  ];
}

const rerunSteps = (hosts: readonly HostReleases[], options: RerunOptions): Step[] => [
  ...hosts.flatMap((host) => host.retry(options.release, laneOf(hosts, host))),
  ...hosts.map((host) => host.reactivate(options)),
];

/** From the swap of the next host on, and from `until` on of the last one, a failure puts back what ran on a host. */
function putBackGuards(hosts: readonly HostReleases[], release: string, until: string): Promise<Guard[]> {
  return Promise.all(
    hosts.map(async (host, index) => ({
      from: hosts[index + 1]?.activateId ?? until,
      until,
      action: await host.putBack(release),
    })),
  );
}
