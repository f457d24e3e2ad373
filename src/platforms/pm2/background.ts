import { PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import type { At, BackgroundSwitch } from '../contracts/platform.js';
import { specOf } from './activate.js';
import { hostsOf } from '../placement.js';
import type { Pm2Placement } from './config.js';
import { readServiceRecord, writeServiceRecord } from '../../kit/service-record.js';
import { run } from './process.js';

/**
 * Switches timers and queue triggers, which the first host has, by a graceful reload of the same release with its other
 * settings.
 */
export const backgroundSwitch = (
  ctx: OperationContext,
  { service, config, without }: At<Pm2Placement>,
): BackgroundSwitch<OperationContext> => {
  const [host = ''] = hostsOf(config).filter((each) => !without.includes(each));
  return {
    isOn: async () => (await readServiceRecord(ctx, host, service))?.background,
    async set(io, on) {
      const record = await readServiceRecord(io.ctx, host, service);
      if (!record) throw new PreconditionError(`${service} does not run on ${host}.`, { where: host });
      const swapped = await run(io, await specOf(io.ctx, host, { ...record, background: on }));
      const next = { ...record, background: on, run: io.runId, at: new Date(io.ctx.clock.now()).toISOString() };
      await writeServiceRecord(io.ctx, host, next);
      return swapped;
    },
  };
};
