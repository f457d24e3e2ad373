import { PreconditionError } from '../../core/errors.js';
import { removeTree } from '../../remote/files.js';
import { placementRecordFile } from '../../remote/layout.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { readPlacementRecord, type PlacementRecord } from '../../kit/placement-record.js';

interface PlacementInput {
  service: string;
  /** Hosts that get the record: those of all placements that answer. */
  hosts: string[];
  placement: string;
  /** Where a rollback goes. */
  previous?: string;
}

/** Writes down where a service is that no route leads to. */
export const placementStep = defineStep<OperationContext, PlacementInput>('placement.record', {
  async check(io, before) {
    const { service, placement, previous } = io.input;
    const { record } = await readPlacementRecord(io.ctx, service);
    if (before && record?.placement === placement && record.previous === previous)
      return { state: 'done', detail: `${service} is placed on ${placement}` };
    return {
      state: 'change',
      changes: [
        record?.placement === placement
          ? `the way back to ${record.previous ?? 'none'} is given up`
          : `placement of ${service}: ${record?.placement ?? 'not written down'} -> ${placement}`,
      ],
    };
  },
  async apply(io) {
    const { service, hosts, placement, previous } = io.input;
    const { record } = await readPlacementRecord(io.ctx, service);
    const made =
      record?.run === io.runId
        ? undefined
        : await io.willMake(
            restorePlacementStep.inverse(`Write down the earlier placement of ${service}`, {
              service,
              hosts,
              record: record ?? null,
            }),
          );
    const next: PlacementRecord = {
      service,
      placement,
      ...(previous !== undefined && { previous }),
      version: (record?.version ?? 0) + 1,
      run: io.runId,
      at: new Date(io.ctx.io.clock.now()).toISOString(),
    };
    for (const host of hosts) await write(io.ctx, host, next);
    await made?.();
  },
  recheck: true,
});

/** Writes a record down again as it was, or removes it where there was none. */
export const restorePlacementStep = defineStep<
  OperationContext,
  { service: string; hosts: string[]; record: PlacementRecord | null }
>('placement.restore', {
  async apply(io) {
    const { service, hosts, record } = io.input;
    for (const host of hosts) {
      if (record) await write(io.ctx, host, record);
      else
        await mutateOk(io, host, removeTree(placementRecordFile(service)), 'The record could not be removed', {
          brief: true,
        });
    }
  },
  repeatable: true,
  async mayUndo(io) {
    const { service, record: before } = io.input;
    const { record } = await readPlacementRecord(io.ctx, service);
    if (!record || [io.runId, before?.run].includes(record.run)) return;
    throw new PreconditionError(`Run ${record.run} came after run ${io.runId}: it placed ${service} anew.`, {
      where: `services.${service}`,
      code: 'BUILT_ON',
      nextSteps: [`fanops migrate status ${service}`],
    });
  },
});

const write = async (ctx: OperationContext, host: string, record: PlacementRecord): Promise<void> =>
  (await ctx.hosts.transport(host)).putFile(
    `${JSON.stringify(record, null, 2)}\n`,
    placementRecordFile(record.service),
  );
