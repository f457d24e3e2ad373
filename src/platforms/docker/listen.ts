import { PreconditionError } from '../../core/errors.js';
import { defineStep, isWayBack } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { refuseLater } from '../../kit/overtaken.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import type { Listen } from '../../remote/release.js';
import type { ServiceAt } from './names.js';
import { run } from './run.js';
import { specOf } from './spec.js';

interface ListenInput extends ServiceAt {
  /** Where it is to listen beside its own port. */
  also: Listen[];
}

const portsText = (port: number, also: readonly Listen[]): string =>
  [port, ...also.map((each) => each.port)].join(' and ');

/** Begins or ends listening on further ports: each has a proxy of its own. */
export const listenStep = defineStep<OperationContext, ListenInput, { detail: string; cut?: number }>('docker.listen', {
  async check(io) {
    const { service, host, also } = io.input;
    const record = await readServiceRecord(io.ctx, host, service);
    if (record && JSON.stringify(record.also ?? []) === JSON.stringify(also))
      return { state: 'done', detail: `it listens on port ${portsText(record.port, also)} only` };
    const ports = record ? `port ${portsText(record.port, also)}` : 'its own port';
    return { state: 'change', changes: [`${service} on ${host} listens on ${ports} only`] };
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
    const swapped = await run(io, { ...specOf(host, record), also });
    await writeServiceRecord(io.ctx, host, {
      ...record,
      also: also.length > 0 ? also : undefined,
      run: isWayBack(io) ? record.run : io.runId,
    });
    await made();
    return { detail: `it listens on port ${portsText(record.port, also)}`, ...swapped };
  },
  recheck: true,
  mayUndo: refuseLater,
});
