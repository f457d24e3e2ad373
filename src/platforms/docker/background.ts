import { PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import type { At, BackgroundSwitch } from '../contracts/platform.js';
import { atHosts } from '../hosts/releases.js';
import type { DockerPlacement } from './config.js';
import { run } from './run.js';
import { specOf } from './spec.js';

/**
 * Switches timers and queue triggers, which the first host has, by a container of the same release with its other
 * settings.
 */
export const backgroundSwitch = (
  ctx: OperationContext,
  at: At<DockerPlacement>,
): BackgroundSwitch<OperationContext> => {
  const { service } = at;
  const host = atHosts(at)[0]?.host ?? '';
  return {
    isOn: async () => (await readServiceRecord(ctx, host, service))?.background,
    async set(io, on) {
      const record = await readServiceRecord(io.ctx, host, service);
      if (!record) throw new PreconditionError(`${service} does not run on ${host}.`, { where: host });
      const next = { ...record, background: on };
      const swapped = await run(io, specOf(host, next));
      const at = new Date(io.ctx.clock.now()).toISOString();
      await writeServiceRecord(io.ctx, host, { ...next, run: io.runId, at });
      return swapped;
    },
  };
};
