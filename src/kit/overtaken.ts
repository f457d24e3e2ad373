import { PreconditionError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { Plan } from '../core/plan.js';
import type { UndoIo } from '../core/step.js';
import { lastAudit } from '../remote/audit.js';
import type { ServiceRecord } from '../remote/release.js';
import type { RunRecord } from '../runs/store.js';
import type { OperationContext } from './context.js';
import { observedBy, unobservedBy } from './observed.js';
import { thingsOf, type Thing } from './observed-things.js';
import { readServiceRecord } from './service-record.js';

/**
 * What plans of earlier versions tell of what they saw: the route of migrations and rollbacks, the release of
 * deployments.
 */
function seenEarlier(plan: Plan, { key }: Thing): JsonObject | undefined {
  if (key.includes('/route/'))
    return (plan.facts.route ?? plan.steps.find(({ kind }) => kind === 'watchdog.arm')?.input.route) as
      JsonObject | undefined;
  return undefined;
}

/** Whether a step of the plan takes what lies on a host away: after it, it may be gone by this run itself. */
async function removes(ctx: OperationContext, { steps }: Plan, host: string): Promise<boolean> {
  for (const { kind } of steps.filter(({ input }) => input.host === host))
    if ((await ctx.stepTypes(kind)).removes) return true;
  return false;
}

/**
 * Looks whether what an interrupted run left is as it left it: each thing was last changed by this run, or is as this
 * run found it. Of what it could
 * not look at, only its own mark on it is a proof.
 * @throws PreconditionError (code BUILT_ON) that names what came after it, (code UNOBSERVED) what may have
 */
export async function refuseOvertaken(ctx: OperationContext, { id, plan }: RunRecord): Promise<void> {
  for (const thing of await thingsOf(ctx, plan)) {
    const seen = observedBy(plan.facts, thing.key);
    const before = seen === undefined ? seenEarlier(plan, thing) : seen;
    const now = await thing.read(ctx);
    if (now?.run === id || sameState(thing, now, before) || isOwnMark(plan, now)) continue;
    const removed = now === null && (await removes(ctx, plan, thing.host));
    const unobserved = unobservedBy(plan.facts, thing.key);
    if (unobserved !== undefined) {
      // Where no machine is, going on takes nothing from anybody.
      if (removed || (now === null && thing.key.startsWith('machine/'))) continue;
      throw await unproven(ctx, id, thing, now, unobserved);
    }
    if (seen === undefined && before === undefined) {
      if (!isLaterRelease(plan, thing, now)) continue;
    } else if (removed) continue;
    throw await overtaken(ctx, id, thing, now);
  }
}

const sameState = ({ shape }: Thing, now: JsonObject | null, before: JsonObject | null | undefined): boolean =>
  before !== undefined && JSON.stringify(now && shape(now)) === JSON.stringify(before && shape(before));

/** Settings of the router have no run: they have a mark, which the plan knows. */
const isOwnMark = (plan: Plan, now: JsonObject | null): boolean =>
  now?.mark !== undefined &&
  plan.steps.some(
    ({ kind, input }) => kind === 'router.configure' && (input.settings as JsonObject | undefined)?.mark === now.mark,
  );

/** A plan of an earlier version knows the release that it found and the one that it brings. */
const isLaterRelease = ({ facts }: Plan, { key }: Thing, now: JsonObject | null): boolean =>
  key.includes('/record/') &&
  facts.previous !== undefined &&
  now !== null &&
  ![facts.previous, facts.release].includes(now.release);

async function overtaken(
  ctx: OperationContext,
  id: string,
  thing: Thing,
  now: JsonObject | null,
): Promise<PreconditionError> {
  const { run, change, hint } = await changeOf(ctx, thing, now);
  return new PreconditionError(`Run ${id} was overtaken: ${change}. Going on with it would put that back.`, {
    code: 'BUILT_ON',
    where: thing.host,
    data: { run: id, later: run, thing: thing.key },
    hint,
    nextSteps: ['fanops status', `fanops runs undo ${id}`],
  });
}

async function unproven(
  ctx: OperationContext,
  id: string,
  thing: Thing,
  now: JsonObject | null,
  why: string,
): Promise<PreconditionError> {
  const { run, change, hint } = await changeOf(ctx, thing, now);
  return new PreconditionError(
    `Run ${id} could not look at ${thing.title} before it started (${why}), and it cannot be told ` +
      `that nobody changed it since: ${change}. Going on with it might put back what came since.`,
    {
      code: 'UNOBSERVED',
      where: thing.host,
      data: { run: id, later: run, thing: thing.key },
      hint,
      nextSteps: ['fanops status', `fanops runs undo ${id}`],
    },
  );
}

/** What another run made of a thing, as a sentence and for people to look further. */
async function changeOf(
  ctx: OperationContext,
  { host, title, key }: Thing,
  now: JsonObject | null,
): Promise<{ run?: string; change: string; hint: string }> {
  const run = typeof now?.run === 'string' && now.run !== '' ? now.run : undefined;
  const told = key.startsWith('machine/') ? undefined : await whatWasTold(ctx, host, run);
  const facts = [
    ...(typeof now?.release === 'string' ? [`release ${now.release}`] : []),
    ...(typeof now?.at === 'string' ? [`at ${now.at}`] : []),
  ].join(', ');
  return {
    run,
    change:
      now === null
        ? `${title} is gone`
        : `${title} was changed${run ? ` by run ${run}` : ''}${facts ? ` (${facts})` : ''}`,
    hint: [
      ...(told ? [`The last that ${host} was told: ${told}`] : []),
      'Start anew from what is there now, or undo what this run left.',
    ].join('\n'),
  };
}

/** The line of the audit log on a host about a run: time, operator, run and title. Without a run the last line. */
async function whatWasTold(ctx: OperationContext, host: string, run: string | undefined): Promise<string | undefined> {
  const { code, stdout } = await (
    await ctx.hosts.transport(host)
  ).run({ argv: lastAudit(run ?? '') }, { timeoutMs: 10_000 });
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/**
 * The record on the host tells which run was the last to change what runs there, also when that was one of another
 * clone. It is this one, or the one
 * that this one found there; any other came later. A run that could not look there proves only itself; of runs of
 * earlier versions only the order of their ids is known, which is that of their clocks.
 * @throws PreconditionError when it was a later one than this
 */
export async function refuseLater(
  io: Pick<
    UndoIo<OperationContext, { service: string; host: string; restore?: ServiceRecord }>,
    'ctx' | 'input' | 'runId' | 'facts'
  >,
): Promise<void> {
  const { service, host, restore } = io.input;
  const record = await readServiceRecord(io.ctx, host, service);
  if (!record || [io.runId, restore?.run].includes(record.run)) return;
  const found = observedBy(io.facts, `${host}/record/${service}`);
  const blind = unobservedBy(io.facts, `${host}/record/${service}`) !== undefined;
  if (found === undefined ? !blind && record.run <= io.runId : found?.run === record.run) return;
  throw new PreconditionError(
    `Run ${record.run} came after run ${io.runId}: it changed what runs of ${service} on ${host}.`,
    {
      where: host,
      code: 'BUILT_ON',
      hint: 'Undo the later one first, in the clone that it was made from.',
      nextSteps: [`fanops runs undo ${record.run}`],
    },
  );
}
