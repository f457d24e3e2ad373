import { FanopsError, messageOf, PreconditionError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { NOT_REACHED } from '../../kit/not-there.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { Route } from '../../kit/route.js';
import { serviceLocks } from '../../kit/service-locks.js';
import type { Releases } from '../../platforms/contracts/platform.js';

/** Why a placement does not tell what runs there; undefined when it does. @throws any other failure */
export async function whyUnreachable(ctx: OperationContext, releases: Releases): Promise<string | undefined> {
  try {
    await releases.running();
    return undefined;
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    if (!['NO_HOST', ...NOT_REACHED].includes(error.code)) throw error;
    return messageOf(error);
  }
}

/** What is to be done about a side that could not be stopped since its host was silent. */
export const goneNote = (service: string, placement: string, why: string): string =>
  `${service} is not stopped on ${placement}: ${why} When the host is back: fanops migrate rollback ${service}`;

/** Where a service is; one that no route leads to has no placements with weights. */
type Left = Pick<Route, 'service' | 'placement' | 'previous' | 'placements'>;

/**
 * The placement of a service that still works in the background although the service is neither placed there nor may go
 * back there: it was left while its host did not answer. Undefined when there is none; silent hosts are left out.
 */
export async function leftOver(
  ctx: OperationContext,
  fleet: Fleet,
  { service, placement, previous, placements }: Left,
): Promise<{ name: string; releases: Releases } | undefined> {
  for (const name of Object.keys(fleet.service(service).placements)) {
    const used = placements.some((routed) => routed.name === name && routed.weight > 0);
    if (used || [placement, previous].includes(name)) continue;
    const releases = await findPlatformCapability(ctx, service, name, 'releases');
    if (!releases || (await whyUnreachable(ctx, releases)) !== undefined) continue;
    if ((await releases.running())?.background) return { name, releases };
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
  const { name, releases } = left;
  return {
    operation: 'migrate-rollback',
    subject: service,
    title: `Stop what was left of ${service} on ${name}`,
    steps: releases.stopSteps({ undoable: true }),
    guards: [],
    locks: serviceLocks(fleet, service, [name], route ? [fleet.router().host] : []),
    fingerprint: fleet.hash,
    facts: { service, from: name, to: placement, fleetHash: fleet.hash, ...(route && { route }) },
  };
}
