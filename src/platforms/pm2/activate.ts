import type { Action } from '../../core/plan.js';
import { removeTree } from '../../remote/files.js';
import { currentLink, serviceRecord } from '../../remote/layout.js';
import type { Pm2Process } from '../../remote/pm2.js';
import { serviceApp, type ServiceRecord } from '../../remote/release.js';
import { freeReserve } from '../../remote/reserve.js';
import { defineStep, isWayBack, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk, unbroken } from '../../kit/on-host.js';
import { endApp, saveList } from '../../kit/pm2-apps.js';
import { refuseLater } from '../../kit/overtaken.js';
import { longestDrain, settled, whileDraining } from './draining.js';
import { ecosystemFile } from './ecosystem-files.js';
import { requireNoTraffic } from '../../kit/in-use.js';
import { notBack, recordOf, refuseLaterStop, withKeptPrevious } from '../hosts/swap.js';
import { tryUnderPm2 } from './trial.js';
import { startedWith } from './start-arguments.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import { currentRelease, processesOf } from './observe.js';
import { run } from './process.js';
import type { ProcessIo, ProcessSpec } from './process-spec.js';

interface ActivateInput extends ProcessSpec {
  /** As an inverse: what was written down before, to be written down again as it was. */
  restore?: ServiceRecord;
}

type ActivateOutputs = { release: string; previous: string | null; cut?: number };

/** Makes a release the one that runs. When it does not come up, the one before runs again and the step fails. */
export const activateStep = defineStep<OperationContext, ActivateInput, ActivateOutputs>('release.activate', {
  async check(io, before) {
    const { service, host, release, background } = io.input;
    const record = await readServiceRecord(io.ctx, host, service);
    const processes = record ? await processesOf(io.ctx, host, service) : [];
    const live = processes.length > 0 && processes.every((app) => app.status === 'online' && app.release === release);
    // A later step of this run may have switched the background triggers, or ended listening on the old port.
    const asWanted = before
      ? record?.port === io.input.port
      : record?.background === background && listensAsWanted(io.input, record);
    if (record?.release === release && asWanted && live) return { state: 'done', detail: `release ${release} runs` };
    const runs = record && processes.length > 0 ? record : undefined;
    const ports =
      runs && runs.port !== io.input.port ? [`port of ${service} on ${host}: ${runs.port} -> ${io.input.port}`] : [];
    return {
      state: 'change',
      changes: [`${service} on ${host}: ${runs?.release ?? 'nothing'} -> ${release}`, ...ports],
    };
  },
  async apply(io) {
    const { service, host, release, restore } = io.input;
    if (isWayBack(io)) await (await io.ctx.hosts.transport(host)).run({ argv: freeReserve() });
    const before = await readServiceRecord(io.ctx, host, service);
    const present = await processesOf(io.ctx, host, service);
    const wasLive = present.length > 0;
    const previous = before && before.release !== release ? before : undefined;
    const specBefore = before && (await specOf(io.ctx, host, before));
    const inverse = inverseOf(io, before, specBefore);
    const made = inverse && (await io.willMake(inverse));
    let swapped: { cut?: number };
    // Users depend on what runs now.
    let tried = wasLive && previous !== undefined && !restore && !io.input.idle;
    try {
      if (tried) await tryUnderPm2(io);
      tried = false;
      swapped = await run(io, io.input);
    } catch (error) {
      const calm = unbroken(io, 2 * (await longestDrain(io.ctx, io.input, present.length)));
      try {
        await (await io.ctx.hosts.transport(host)).run({ argv: freeReserve() });
        const untouched = tried && (await stillRun(calm, io.input, present));
        if (!untouched)
          io.progress(previous ? `putting release ${previous.release} back` : 'ending what does not come up');
        if (previous && specBefore && !untouched) await run(calm, specBefore, { back: true });
        else if (!wasLive && !before) await stop(calm, service, host);
        // What runs is what ran before: a later undo has nothing to bring back.
        if (inverse && (previous || (!wasLive && !before))) await io.unmade(inverse);
      } catch (problem) {
        throw notBack(error, problem);
      }
      throw error;
    }
    const record = restore ? await withKeptPrevious(io.ctx, restore, host) : recordOf(io, io.input, before);
    await writeServiceRecord(io.ctx, host, record);
    await made?.();
    return { release, previous: previous?.release ?? before?.previous ?? null, ...swapped };
  },
  recheck: true,
  mayUndo: refuseLater,
});

/** Whether the processes that were up still are: what failed was tried beside them. */
async function stillRun(
  { ctx }: ProcessIo,
  { service, host }: ProcessSpec,
  before: readonly Pm2Process[],
): Promise<boolean> {
  const now = await processesOf(ctx, host, service);
  return before
    .filter(({ status }) => status === 'online')
    .every(({ pid }) => now.some((each) => each.pid === pid && each.status === 'online'));
}

/** Whether a record names the port and the further addresses of a spec. */
const listensAsWanted = ({ port, also = [] }: ProcessSpec, record: ServiceRecord): boolean =>
  record.port === port && JSON.stringify(record.also ?? []) === JSON.stringify(also);

/** What starts the release of a record again as it runs now. */
export async function specOf(
  ctx: OperationContext,
  host: string,
  { service, release, background, port, address, also }: ServiceRecord,
): Promise<ProcessSpec> {
  const last = await startedWith(ctx, host, service);
  const [listen, instances] = [
    address ?? last?.listen?.address,
    last?.release === release ? last.instances : undefined,
  ];
  return {
    service,
    host,
    release,
    background,
    port,
    ...(listen && { address: listen }),
    ...(also && { also }),
    ...(instances && { instances }),
  };
}

/** The inverse that puts a release back, with what was written down of it. */
export function putBack(spec: ProcessSpec, record: ServiceRecord): Action {
  return activateStep.inverse(`Put release ${record.release} of ${spec.service} back on ${spec.host}`, {
    ...spec,
    restore: record,
  });
}

/** How to unmake it; undefined when this run has journalled that already, before it was interrupted. */
function inverseOf(
  io: StepIo<OperationContext, ActivateInput>,
  before: ServiceRecord | undefined,
  spec: ProcessSpec | undefined,
): Action | undefined {
  const { service, host, release, idle } = io.input;
  if (before?.release === release && before.run === io.runId) return undefined;
  if (!before || !spec || idle) return stopStep.inverse(`Stop ${service} on ${host}`, { service, host, release });
  return putBack(spec, before);
}

/**
 * Ends the service's processes; its releases stay. @returns the number of requests that were cut, where the workers
 * tell
 */
async function stop(io: ProcessIo, service: string, host: string): Promise<{ cut?: number }> {
  await settled(io, { service, host });
  const present = await processesOf(io.ctx, host, service);
  const longestMs = await longestDrain(io.ctx, { service, host }, present.length);
  const end = () => endApp(io, host, serviceApp(service), 'PM2 could not end the service', longestMs);
  const online = present.filter((app) => app.status === 'online').length;
  const cut = present.length > 0 ? await whileDraining(io, { service, host }, online, end) : undefined;
  // Also when PM2 has died meanwhile: its saved list would bring the service back. Going back, what needs no room comes
  // first.
  const unsaved = await saveList(io, host, serviceApp(service)).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (unsaved && !isWayBack(io)) throw unsaved.error;
  await mutateOk(io, host, removeTree(currentLink(service)), 'The link could not be removed', { brief: true });
  await mutateOk(io, host, removeTree(ecosystemFile(service)), 'The ecosystem file could not be removed', {
    brief: true,
  });
  await mutateOk(io, host, removeTree(serviceRecord(service)), 'The record could not be removed', { brief: true });
  if (unsaved) throw unsaved.error;
  return cut === undefined ? {} : { cut };
}

/** Undoing waits for requests under way as well, however long an action of the way back may take otherwise. */
async function untilStopped<T extends ProcessIo>(io: T, service: string, host: string): Promise<T> {
  if (!isWayBack(io)) return io;
  return unbroken(
    io,
    2 * (await longestDrain(io.ctx, { service, host }, (await processesOf(io.ctx, host, service)).length)),
  );
}

interface StopInput {
  service: string;
  host: string;
  /** Only when it is this one that runs. */
  release?: string;
  /** The placement whose service is stopped, when undoing the run starts it again. */
  placement?: string;
}

/** Ends a service on a host; its releases stay, so that a later migration finds them. */
export const stopStep = defineStep<OperationContext, StopInput, { cut?: number }>('release.stop', {
  async check(io) {
    const { service, host } = io.input;
    const [processes, release] = [
      await processesOf(io.ctx, host, service),
      await currentRelease(io.ctx, host, service),
    ];
    if (processes.length === 0 && !release) return { state: 'done', detail: `${service} does not run on ${host}` };
    return { state: 'change', changes: [`${service} is stopped on ${host}`] };
  },
  async apply(io) {
    const { service, host, release, placement } = io.input;
    const record = await readServiceRecord(io.ctx, host, service);
    if (record && release && record.release !== release) return;
    await requireNoTraffic(io.ctx, host, service);
    const made =
      placement && record ? await io.willMake(putBack(await specOf(io.ctx, host, record), record)) : undefined;
    const stopped = await stop(await untilStopped(io, service, host), service, host);
    await made?.();
    return { ...stopped };
  },
  removes: true,
  mayUndo: refuseLaterStop,
});
