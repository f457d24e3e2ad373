import type { Guard, Step } from '../../core/plan.js';
import type { OperationContext } from '../../kit/context.js';
import type { ServiceRecord } from '../../remote/release.js';
import type { At, DeployOptions, Releases, RerunOptions, RunningRelease } from '../contracts/platform.js';
import { hostsOf, type Pm2Placement } from './config.js';
import { HostReleases } from './host-releases.js';

/** The hosts of a placement, each with its releases. The first has the background work. */
export function hostReleases(
  ctx: OperationContext,
  { service, placement, config, without }: At<Pm2Placement>,
): HostReleases[] {
  const all = hostsOf(config);
  const hosts = all.filter((host) => !without.includes(host));
  return hosts.map(
    (host, index) =>
      new HostReleases(ctx, {
        ...{ service, placement, config, host },
        isOneOfMany: all.length > 1,
        ownsBackground: index === 0,
      }),
  );
}

/**
 * Releases in folders of hosts, of each of which PM2 runs one. What leaves users alone is done on all hosts at once, the
 * swap on one after the other.
 */
export function releases(ctx: OperationContext, at: At<Pm2Placement>): Releases {
  const hosts = hostReleases(ctx, at);
  const each = <T>(what: (host: HostReleases) => Promise<T | undefined>): Promise<T[]> =>
    Promise.all(hosts.map(what)).then((found) => found.filter((one) => one !== undefined));
  return {
    requireOwn: async () => void (await each((host) => host.requireOwn())),
    running: async () => runningOf(await Promise.all(hosts.map(async (host) => [host, await host.record()] as const))),
    async list() {
      const [first = [], ...others] = await each((host) => host.list());
      return first.filter((release) => others.every((kept) => kept.includes(release)));
    },
    desired: () => each((host) => host.desired()),
    observe: () => each((host) => host.observe()),
    health: () => each((host) => host.health()),
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
function runningOf(found: readonly (readonly [HostReleases, ServiceRecord | undefined])[]): RunningRelease | undefined {
  const record = found.find(([, each]) => each)?.[1];
  if (!record) return undefined;
  const { release, previous, port } = record;
  return {
    release,
    ...(previous !== undefined && { previous }),
    background: found.some(([, each]) => each?.background),
    port,
    behind: found.flatMap(([host, each]) => (each?.release === release ? [] : [host.host])),
  };
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
  ...hosts.map((host) => host.retry(options.release, laneOf(hosts, host))),
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
