import { messageOf, PreconditionError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { isNotReached } from '../../kit/not-there.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { Route } from '../../kit/route.js';
import { serviceLocks } from '../../kit/service-locks.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { Releases } from '../../platforms/contracts/platform.js';

/** Hosts of a placement that do not answer, each with why. @throws any other failure */
export async function silentHosts(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  placement: string,
): Promise<ReadonlyMap<string, string>> {
  const asked = fleet.hostsOf(service, placement).map(async (host): Promise<[string, string][]> => {
    try {
      await readServiceRecord(ctx, host, service);
      return [];
    } catch (error) {
      if (ctx.signal.aborted || !isNotReached(error)) throw error;
      return [[host, messageOf(error)]];
    }
  });
  return new Map((await Promise.all(asked)).flat());
}

/** Releases on the hosts of a placement that answer; undefined where none does, or its platform has no releases. */
export async function reachableReleases(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  placement: string,
  silent: ReadonlyMap<string, string>,
): Promise<Releases | undefined> {
  const hosts = fleet.hostsOf(service, placement);
  if (hosts.length > 0 && hosts.every((host) => silent.has(host))) return undefined;
  return findPlatformCapability(ctx, service, placement, 'releases', [...silent.keys()]);
}

/** What is to be done about hosts on which a side could not be stopped since they were silent. */
export const goneNotes = (
  fleet: Fleet,
  service: string,
  placement: string,
  silent: ReadonlyMap<string, string>,
): string[] =>
  [...silent].map(([host, why]) => {
    const where = fleet.hostsOf(service, placement).length > 1 ? `${placement} (${host})` : placement;
    return `${service} is not stopped on ${where}: ${why} When the host is back: fanops migrate rollback ${service}`;
  });

/**
 * Hosts of a placement that is retired on which a change leaves the service as it is, each with why: those that it goes
 * without.
 * @throws PreconditionError (code UNREACHABLE) for one that does not answer and is to be stopped
 */
export async function leftOut(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  retired: string,
  without: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const silent = await silentHosts(ctx, fleet, service, retired);
  const unexpected = [...silent].find(([host]) => !without.includes(host));
  if (unexpected) {
    const [host, why] = unexpected;
    const left = [...without, ...silent.keys()].filter((each, index, all) => all.indexOf(each) === index);
    throw new PreconditionError(`${service} cannot be stopped on ${retired}: ${why}`, {
      code: 'UNREACHABLE',
      where: host,
      hint: 'Where the host does not come back soon, leave it out: what runs there is stopped later.',
      nextSteps: [`fanops migrate finish ${service} --without ${left.join(',')}`],
    });
  }
  const hosts = fleet.hostsOf(service, retired).filter((host) => without.includes(host));
  return new Map(hosts.map((host) => [host, silent.get(host) ?? 'the host was left out.']));
}

/** What still runs of a service where it should not. */
interface LeftOver {
  /** Of the placement. */
  name: string;
  releases: Releases;
  /** Whether its timers and queue triggers run. */
  background: boolean;
  /** Hosts of it that do not answer. */
  silent: string[];
}

/** Where a service is; one that no route leads to has no placements with weights. */
type Left = Pick<Route, 'service' | 'placement' | 'previous' | 'placements'>;

/**
 * The placement of a service that still runs although the service is neither placed there nor may go back there: it was
 * left while a host did not answer. Undefined when there is none; silent hosts are left out.
 */
export async function leftOver(
  ctx: OperationContext,
  fleet: Fleet,
  { service, placement, previous, placements }: Left,
): Promise<LeftOver | undefined> {
  for (const name of Object.keys(fleet.service(service).placements)) {
    const used = placements.some((routed) => routed.name === name && routed.weight > 0);
    if (used || [placement, previous].includes(name)) continue;
    if (!fleet.can(service, name, 'releases')) continue;
    const silent = await silentHosts(ctx, fleet, service, name);
    const releases = await reachableReleases(ctx, fleet, service, name, silent);
    const running = await releases?.running();
    if (releases && running) return { name, releases, background: running.background, silent: [...silent.keys()] };
  }
  return undefined;
}

/**
 * Where no migration is open: stops what an earlier rollback had to leave.
 * @throws PreconditionError (code NOTHING_TO_ROLL_BACK) when there is nothing of that
 */
export async function planLeftOver(ctx: OperationContext, fleet: Fleet, from: Left, route?: Route) {
  const { service, placement } = from;
  const left = await leftOver(ctx, fleet, from);
  if (!left) {
    throw new PreconditionError(
      `There is nothing to roll back: ${service} is on ${placement}, and no migration is open.`,
      { code: 'NOTHING_TO_ROLL_BACK', nextSteps: [`fanops migrate status ${service}`] },
    );
  }
  const { name, releases, silent } = left;
  return {
    operation: 'migrate-rollback',
    subject: service,
    title: `Stop what was left of ${service} on ${name}`,
    steps: releases.stopSteps({ undoable: true }),
    guards: [],
    locks: serviceLocks(fleet, service, [name], route ? [fleet.router().host] : [], silent),
    fingerprint: fleet.hash,
    facts: { service, from: name, to: placement, fleetHash: fleet.hash, ...(route && { route }) },
  };
}
