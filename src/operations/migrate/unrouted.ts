import { PreconditionError } from '../../core/errors.js';
import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { findPlatformCapability } from '../../kit/platform.js';
import { readPlacementRecord } from '../../kit/placement-record.js';
import { serviceLocks } from '../../kit/service-locks.js';
import { requireHostsOf } from '../../kit/without.js';
import { withHooks } from '../hooks/hook-step.js';
import { backgroundStep, leavingOut } from './background.js';
import { goneNotes, planLeftOver, reachableReleases, silentHosts } from './left-over.js';
import { requireInFile } from './target.js';
import { placementStep } from './record-placement.js';

/*
 * Services that no route leads to: they have timers and queue triggers only. Nobody is sent anywhere, so a migration
 * switches the background work, and its record lies on the hosts of the placements.
 */

/** Where such a service is. */
export async function placedService(ctx: OperationContext, fleet: Fleet, service: string) {
  const { record, hosts: answering } = await readPlacementRecord(ctx, service);
  return { placement: record?.placement ?? fleet.initialPlacement(service), previous: record?.previous, answering };
}

/** Those hosts of placements that get the next record: they answer and have the service. */
async function recordHosts(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  { placements, answering }: { placements: readonly string[]; answering: readonly string[] },
): Promise<string[]> {
  const having = await Promise.all(
    placements.map(async (name) => ((await runsIn(ctx, service, name, answering)) ? fleet.hostsOf(service, name) : [])),
  );
  return [...new Set(having.flat())].filter((host) => answering.includes(host));
}

/** Whether anything of it runs in a placement, as far as its hosts answer. */
async function runsIn(
  ctx: OperationContext,
  service: string,
  placement: string,
  answering: readonly string[],
): Promise<boolean> {
  const fleet = await ctx.fleet();
  if (!Object.hasOwn(fleet.service(service).placements, placement)) return false;
  const silent = fleet.hostsOf(service, placement).filter((host) => !answering.includes(host));
  const releases = await findPlatformCapability(ctx, service, placement, 'releases', silent);
  return (await releases?.running()) !== undefined;
}

/** A side of a migration, and hosts of it that are left out. */
interface Side {
  name: string;
  without: readonly string[];
}

const silentOf = (fleet: Fleet, service: string, name: string, answering: readonly string[]): Side => ({
  name,
  without: fleet.hostsOf(service, name).filter((host) => !answering.includes(host)),
});

/** Off on the old side before on on the new one, so that no timer runs twice where fanops runs both. */
function switches(fleet: Fleet, service: string, from: Side | undefined, to: Side): { steps: Step[]; back: Guard[] } {
  const title = ({ name }: Side, on: boolean): string => `Switch background triggers ${on ? 'on' : 'off'} at ${name}`;
  const input = ({ name, without }: Side, on: boolean) => ({ service, placement: name, on, ...leavingOut(without) });
  const step = (side: Side, on: boolean): Step =>
    backgroundStep.step(`background/${on ? 'on' : 'off'}`, title(side, on), { ...input(side, on), undoable: true });
  const back = (side: Side, on: boolean, since: string): Guard => ({
    from: since,
    until: RECORD,
    action: backgroundStep.inverse(title(side, on), input(side, on)),
  });
  const [old, next] = [from, to].map((side) =>
    side && fleet.can(service, side.name, 'background') ? side : undefined,
  );
  return {
    steps: [...(old ? [step(old, false)] : []), ...(next ? [step(next, true)] : [])],
    back: [...(next ? [back(next, false, 'background/on')] : []), ...(old ? [back(old, true, 'background/off')] : [])],
  };
}

const RECORD = 'record';

/**
 * The steps after a release runs in the new placement with its background work off, and the way back.
 * @throws PreconditionError (code NO_HOST) when no host of the fleet is left that a record could lie on
 */
export async function takeOver(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  {
    from,
    to,
    without,
    answering,
  }: { from: string; to: string; without: readonly string[]; answering: readonly string[] },
): Promise<{ steps: Step[]; guards: Guard[] }> {
  const old = await recordHosts(ctx, fleet, service, { placements: [from], answering });
  const hosts = [...new Set([...old, ...fleet.hostsOf(service, to).filter((host) => answering.includes(host))])];
  if (hosts.length === 0) {
    throw new PreconditionError(
      `${service} would be on no host of the fleet, so that nothing could tell where it is.`,
      {
        code: 'NO_HOST',
        where: `services.${service}`,
        hint: 'No route leads to it: its record lies on its hosts. Give it a route, or a placement on a host.',
      },
    );
  }
  const left = old.length > 0 ? silentOf(fleet, service, from, answering) : undefined;
  const { steps, back } = switches(fleet, service, left, { name: to, without });
  return {
    steps: [
      ...steps,
      placementStep.step(RECORD, `Write down that ${service} is on ${to}`, {
        ...{ service, placement: to, previous: from, hosts },
      }),
    ],
    guards: back,
  };
}

/** @throws PreconditionError (code NOTHING_TO_ROLL_BACK) when no migration is open */
export async function planUnroutedRollback(ctx: OperationContext, fleet: Fleet, service: string) {
  const { placement: leaving, previous: to, answering } = await placedService(ctx, fleet, service);
  if (to === undefined) return planLeftOver(ctx, fleet, { service, placement: leaving, placements: [] });
  for (const name of [to, leaving]) requireInFile(fleet, service, name);
  const gone = await silentHosts(ctx, fleet, service, leaving);
  const left = await reachableReleases(ctx, fleet, service, leaving, gone);
  const back = silentOf(fleet, service, to, answering);
  const next = await findPlatformCapability(ctx, service, to, 'releases', back.without);
  await next?.requireOwn();
  const hosts = await recordHosts(ctx, fleet, service, { placements: [leaving, to], answering });
  const { steps, back: guards } = switches(fleet, service, left && { name: leaving, without: [...gone.keys()] }, back);
  const notes = goneNotes(fleet, service, leaving, gone);
  return {
    operation: 'migrate-rollback',
    subject: service,
    title: `Roll back ${service}: ${leaving} -> ${to}`,
    steps: withHooks(fleet, 'rollback', { service, from: leaving, to }, [
      ...(next?.startSteps() ?? []),
      ...steps,
      placementStep.step(RECORD, `Write down that ${service} is on ${to}`, { service, placement: to, hosts }),
      ...(left?.stopSteps({ undoable: true }) ?? []),
    ]),
    guards,
    locks: serviceLocks(fleet, service, [leaving, to], [], [...gone.keys(), ...back.without]),
    fingerprint: fleet.hash,
    facts: { service, from: leaving, to, fleetHash: fleet.hash, ...(notes.length > 0 && { notes }) },
  };
}

/**
 * Nobody sees when background work stands still: before the way back is given up it is looked at.
 * @throws PreconditionError when fanops runs the placement and its timers and queue triggers do not run
 */
async function requireWork(
  ctx: OperationContext,
  service: string,
  placement: string,
  without: readonly string[],
): Promise<void> {
  const background = await findPlatformCapability(ctx, service, placement, 'background', without);
  if (!background || (await background.isOn())) return;
  throw new PreconditionError(`${service} is on ${placement}, where its timers and queue triggers do not run.`, {
    where: placement,
    nextSteps: [`fanops migrate rollback ${service}`, 'fanops doctor'],
  });
}

/** How a placement is retired, and what is to be known of it. */
type Retirement = (
  ctx: OperationContext,
  service: string,
  retired: string,
  without: readonly string[],
) => Promise<{ stop: Step[]; notes: string[] }>;

/** @throws PreconditionError when no migration is open, or nothing works in the new placement */
export async function planUnroutedFinish(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  { without, retirement }: { without?: readonly string[]; retirement: Retirement },
) {
  const { placement, previous: retired, answering } = await placedService(ctx, fleet, service);
  if (retired === undefined) throw new PreconditionError(`${service} is on ${placement}, and no migration is open.`);
  const left = requireHostsOf(fleet, service, placement, without, retired);
  await requireWork(ctx, service, placement, left);
  const among = { placements: [placement, retired], answering: answering.filter((host) => !left.includes(host)) };
  const hosts = await recordHosts(ctx, fleet, service, among);
  const { stop, notes } = await retirement(ctx, service, retired, left);
  return {
    operation: 'migrate-finish',
    subject: service,
    title: `Finish the migration of ${service}: retire ${retired}`,
    steps: withHooks(fleet, 'finish', { service, from: retired, to: placement }, [
      placementStep.step('forget', `Give up the way back to ${retired}`, { service, placement, hosts }),
      ...stop,
    ]),
    guards: [],
    locks: serviceLocks(fleet, service, [retired, placement], [], left),
    fingerprint: fleet.hash,
    facts: { service, placement, retired, ...leavingOut(left), notes, fleetHash: fleet.hash },
  };
}
