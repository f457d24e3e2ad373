import { PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import type { ServiceRecord } from '../../remote/release.js';
import type { At, BackgroundSwitch, ChangeIo } from '../contracts/platform.js';
import type { HostsPlacement } from '../placement.js';
import { atHosts } from './releases.js';

type Rerun = (io: ChangeIo<OperationContext>, host: string, record: ServiceRecord) => Promise<{ cut?: number }>;

/**
 * Switches timers and queue triggers of a placement on hosts: on on the host that owns them, off wherever they are on.
 * @param rerun runs the release of a record again as the record says
 */
export const backgroundAt = <P extends HostsPlacement & { platform: string }>(
  ctx: OperationContext,
  at: At<P>,
  rerun: Rerun,
): BackgroundSwitch<OperationContext> => {
  const { service } = at;
  const hosts = atHosts(at);
  const records = () =>
    Promise.all(hosts.map(async ({ host }) => [host, await readServiceRecord(ctx, host, service)] as const));
  return {
    async isOn() {
      const found = (await records()).flatMap(([, record]) => record ?? []);
      return found.length === 0 ? undefined : found.some(({ background }) => background);
    },
    async set(io, on) {
      const owner = hosts.find(({ ownsBackground }) => ownsBackground)?.host;
      const found = await records();
      const changed = found.flatMap(([host, record]) =>
        record && (on ? host === owner : record.background) ? [[host, record] as const] : [],
      );
      if (on && changed.length === 0)
        throw new PreconditionError(`${service} does not run on ${owner ?? 'any host'}.`, { where: owner });
      let sum: number | undefined;
      for (const [host, record] of changed) {
        const next = { ...record, background: on, run: io.runId, at: new Date(io.ctx.io.clock.now()).toISOString() };
        const { cut } = await rerun(io, host, next);
        await writeServiceRecord(io.ctx, host, next);
        if (cut !== undefined) sum = (sum ?? 0) + cut;
      }
      return sum === undefined ? {} : { cut: sum };
    },
  };
};
