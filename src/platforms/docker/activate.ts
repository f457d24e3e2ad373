import type { Action } from '../../core/plan.js';
import { defineStep, isWayBack, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { requireNoTraffic } from '../../kit/in-use.js';
import { refuseLater } from '../../kit/overtaken.js';
import { mutateOk, unbroken } from '../../kit/on-host.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import { removeTree } from '../../remote/files.js';
import { serviceRecord } from '../../remote/layout.js';
import type { ServiceRecord } from '../../remote/release.js';
import { freeReserve, keepReserve } from '../../remote/reserve.js';
import { notBack, recordOf, refuseLaterStop, withKeptPrevious } from '../hosts/swap.js';
import { platform } from './config.js';
import { ownContainers } from './engine.js';
import { namesOf, type ServiceAt } from './names.js';
import { run, runningApps, stop } from './run.js';
import { specOf, type ProcessIo, type RunSpec } from './spec.js';

interface ActivateInput extends RunSpec {
  /** As an inverse: what was written down before, to be written down again as it was. */
  restore?: ServiceRecord;
}

type ActivateOutputs = { release: string; previous: string | null; cut?: number };

/** Makes a release the one that runs. When it does not come up, the one before goes on and the step fails. */
export const activateStep = defineStep<OperationContext, ActivateInput, ActivateOutputs>('docker.activate', {
  async check(io, before) {
    const { service, host, release, background, port, also = [] } = io.input;
    const record = await readServiceRecord(io.ctx, host, service);
    const running = record ? await runningApps(io, io.input) : [];
    const isLive =
      record !== undefined &&
      running.length === 1 &&
      running[0] === namesOf(await io.ctx.fleet(), io.input).container(release, record.background);
    // A later step of this run may have switched the background triggers, or ended listening on the old port.
    const asWanted = before
      ? record?.port === port
      : record?.background === background &&
        record.port === port &&
        JSON.stringify(record.also ?? []) === JSON.stringify(also);
    if (record?.release === release && asWanted && isLive) return { state: 'done', detail: `release ${release} runs` };
    const ports = record && record.port !== port ? [`port of ${service} on ${host}: ${record.port} -> ${port}`] : [];
    return {
      state: 'change',
      changes: [`${service} on ${host}: ${record?.release ?? 'nothing'} -> ${release}`, ...ports],
    };
  },
  async apply(io) {
    const { service, host, release, restore } = io.input;
    const before = await readServiceRecord(io.ctx, host, service);
    const previous = before && before.release !== release ? before : undefined;
    if (!isWayBack(io))
      await mutateOk(io, host, keepReserve(), 'Room for the way back could not be set aside', { brief: true });
    const inverse = inverseOf(io, before);
    const made = inverse && (await io.willMake(inverse));
    let swapped: { cut?: number };
    try {
      swapped = await run(io, io.input);
    } catch (error) {
      await bringBack(io, before, error);
      // What runs is what ran before: a later undo has nothing to bring back.
      if (inverse) await io.unmade(inverse);
      throw error;
    }
    const record = restore ? await withKeptPrevious(io.ctx, restore, host) : await newRecord(io, io.input, before);
    await writeServiceRecord(io.ctx, host, record);
    await made?.();
    return { release, previous: previous?.release ?? before?.previous ?? null, ...swapped };
  },
  recheck: true,
  mayUndo: refuseLater,
});

/**
 * Lets what ran before go on; where nothing did, what was started ends. @throws the failure, when that fails as well
 */
async function bringBack(io: ProcessIo & { input: ActivateInput }, before: ServiceRecord | undefined, error: unknown) {
  const { service, host, release } = io.input;
  const drainMs = (await io.ctx.fleet()).drainMs(service, host);
  const calm = unbroken(io, 3 * drainMs);
  try {
    await (await io.ctx.hosts.transport(host)).run({ argv: freeReserve() });
    if (!before) await stop(calm, { service, host });
    else if (before.release !== release) {
      io.progress(`putting release ${before.release} back`);
      await run(calm, specOf(host, before));
    }
  } catch (problem) {
    throw notBack(error, problem);
  }
}

/** The inverse that puts a release back, with what was written down of it. */
export const putBack = (host: string, record: ServiceRecord): Action =>
  activateStep.inverse(`Put release ${record.release} of ${record.service} back on ${host}`, {
    ...specOf(host, record),
    restore: record,
  });

/** How to unmake it; undefined when this run has journalled that already, before it was interrupted. */
function inverseOf(io: StepIo<OperationContext, ActivateInput>, before: ServiceRecord | undefined): Action | undefined {
  const { service, host, release, idle } = io.input;
  if (before?.release === release && before.run === io.runId) return undefined;
  if (!before || idle) return stopStep.inverse(`Stop ${service} on ${host}`, { service, host, release });
  return putBack(host, before);
}

/** What is written down of a release that runs. @param before what was before it, where users may go back to that */
export const newRecord = async (
  io: ProcessIo,
  spec: RunSpec,
  before: ServiceRecord | undefined,
): Promise<ServiceRecord> =>
  recordOf(io, { ...spec, address: spec.address ?? (await bindAddress(io.ctx, spec.host)) }, before, platform.name);

interface StopInput extends ServiceAt {
  /** Only when it is this one that runs. */
  release?: string;
  /** The placement whose service is stopped, when undoing the run starts it again. */
  placement?: string;
}

/** Ends a service on a host; its releases stay, so that a later migration finds them. */
export const stopStep = defineStep<OperationContext, StopInput, { cut?: number }>('docker.stop', {
  async check(io) {
    const { service, host } = io.input;
    const [left, record] = [await ownContainers(io.ctx, io.input), await readServiceRecord(io.ctx, host, service)];
    if (left.length === 0 && !record) return { state: 'done', detail: `${service} does not run on ${host}` };
    return { state: 'change', changes: [`${service} is stopped on ${host}`] };
  },
  async apply(io) {
    const { service, host, release, placement } = io.input;
    const record = await readServiceRecord(io.ctx, host, service);
    if (record && release && record.release !== release) return;
    await requireNoTraffic(io.ctx, host, service);
    const made = placement && record ? await io.willMake(putBack(host, record)) : undefined;
    const calm = isWayBack(io) ? unbroken(io, 3 * (await io.ctx.fleet()).drainMs(service, host)) : io;
    const stopped = await stop(calm, io.input);
    await mutateOk(calm, host, removeTree(serviceRecord(service)), 'The record could not be removed', { brief: true });
    await made?.();
    return { ...stopped };
  },
  removes: true,
  mayUndo: refuseLaterStop,
});
