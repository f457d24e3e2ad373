import { PreconditionError } from '../../core/errors.js';
import type { Listen } from '../../remote/release.js';
import { defineStep, isWayBack } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { refuseLater } from '../../kit/overtaken.js';
import { specOf } from './activate.js';
import { longestDrain } from './draining.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import { processesOf } from './observe.js';
import { unbroken } from '../../kit/on-host.js';
import { run } from './process.js';

interface ListenInput {
  service: string;
  host: string;
  /** Where it is to listen beside its own port. */
  also: Listen[];
}

const portsText = (port: number, also: readonly Listen[]): string =>
  [port, ...also.map((each) => each.port)].join(' and ');

/** Begins or ends listening on further ports, by a graceful reload of the release that runs. */
export const listenStep = defineStep<OperationContext, ListenInput, { detail: string; cut?: number }>(
  'release.listen',
  {
    async check(io) {
      const { service, host, also } = io.input;
      const record = await readServiceRecord(io.ctx, host, service);
      if (record && JSON.stringify(record.also ?? []) === JSON.stringify(also))
        return { state: 'done', detail: `it listens on port ${portsText(record.port, also)} only` };
      return {
        state: 'change',
        changes: [
          `${service} on ${host} listens on ${record ? `port ${portsText(record.port, also)}` : 'its own port'} only`,
        ],
      };
    },
    async apply(io) {
      const { service, host, also } = io.input;
      const record = await readServiceRecord(io.ctx, host, service);
      if (!record) throw new PreconditionError(`${service} does not run on ${host}.`, { where: host });
      const before = record.also ?? [];
      const ports = portsText(record.port, before);
      const made = await io.willMake(
        listenStep.inverse(`Let ${service} on ${host} listen on port ${ports} again`, { service, host, also: before }),
      );
      const spec = await specOf(io.ctx, host, record);
      let swapped: { cut?: number };
      try {
        swapped = await run(io, { ...spec, also });
      } catch (error) {
        await run(
          unbroken(io, await longestDrain(io.ctx, spec, (await processesOf(io.ctx, host, service)).length)),
          spec,
          { back: true },
        );
        throw error;
      }
      const next = {
        ...record,
        also: also.length > 0 ? also : undefined,
        run: isWayBack(io) ? record.run : io.runId,
      };
      await writeServiceRecord(io.ctx, host, next);
      await made();
      return { detail: `it listens on port ${portsText(record.port, also)}`, ...swapped };
    },
    recheck: true,
    mayUndo: refuseLater,
  },
);
