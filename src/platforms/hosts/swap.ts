import { FanopsError, messageOf } from '../../core/errors.js';
import type { UndoIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { refuseLater } from '../../kit/overtaken.js';
import { keptReleases } from '../../kit/release-folder.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { Listen, ServiceRecord } from '../../remote/release.js';

/** What is written down of a release that was swapped in. */
interface Swapped {
  service: string;
  release: string;
  background: boolean;
  port: number;
  address?: string;
  also?: readonly Listen[];
  /** True where nobody was served before, so that there is nothing to go back to. */
  idle?: boolean;
}

/**
 * The record of a release that runs. @param before what was recorded before it, where users may go back to that
 * @param platform absent: the one whose records of earlier versions name none
 */
export function recordOf(
  { ctx, runId }: { ctx: OperationContext; runId: string },
  { service, release, background, port, address, also, idle }: Swapped,
  before: ServiceRecord | undefined,
  platform?: string,
): ServiceRecord {
  const previous = before && before.release !== release ? before.release : before?.previous;
  return {
    ...{ service, release },
    ...(platform !== undefined && { platform }),
    previous: idle ? undefined : previous,
    ...{ background, port },
    address,
    also: also?.length ? [...also] : undefined,
    run: runId,
    at: new Date(ctx.io.clock.now()).toISOString(),
  };
}

/** A record of earlier, without the way back to a release that was pruned since. */
export async function withKeptPrevious(
  ctx: OperationContext,
  { previous, ...record }: ServiceRecord,
  host: string,
): Promise<ServiceRecord> {
  const isKept = previous !== undefined && (await keptReleases(ctx, host, record.service)).includes(previous);
  return isKept ? { ...record, previous } : record;
}

/** The failure of a swap, with what kept it from being made good. */
export function notBack(error: unknown, problem: unknown): FanopsError {
  const { code, where, data, hint } = error instanceof FanopsError ? error : ({} as Partial<FanopsError>);
  return new FanopsError(messageOf(error), {
    code,
    where,
    data,
    cause: error,
    hint: `${hint === undefined ? '' : `${hint}\n`}What ran before could not be brought back: ${messageOf(problem)}`,
  });
}

/**
 * Whether undoing a stop is in the way of a later run: one that has nothing to do with its release does not need it.
 */
export async function refuseLaterStop(
  io: UndoIo<OperationContext, { service: string; host: string; release?: string }>,
): Promise<void> {
  const record = await readServiceRecord(io.ctx, io.input.host, io.input.service);
  if (record && [record.release, record.previous].includes(io.input.release)) await refuseLater(io);
}
