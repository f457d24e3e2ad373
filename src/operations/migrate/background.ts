import { PreconditionError } from '../../core/errors.js';
import type { Pm2Placement } from '../../fleet/schema.js';
import { defineStep, isWayBack } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { specOf } from '../../platforms/pm2/activate.js';
import { readServiceRecord } from '../../platforms/pm2/observe.js';
import { run } from '../../platforms/pm2/process.js';
import { serviceRecord } from '../../remote/layout.js';
import { keepLease } from '../router/watchdog.js';

interface BackgroundInput {
  service: string;
  /** The router host, whose watchdog is on guard meanwhile. */
  host: string;
  placement: string;
  on: boolean;
  /** True when undoing the run switches it to the opposite again. */
  undoable?: boolean;
}

/** Switches a side's timers and queue triggers on or off, by a graceful reload of the same release. */
export const backgroundStep = defineStep<OperationContext, BackgroundInput, { on: boolean; cut?: number }>(
  'release.background',
  {
    async check(io, before) {
      const { service, placement, on } = io.input;
      const { host } = (await io.ctx.fleet()).pm2Placement(service, placement);
      const record = await readServiceRecord(io.ctx, host, service);
      if (record?.background === on && before)
        return { state: 'done', detail: `background triggers are ${on ? 'on' : 'off'}` };
      return {
        state: 'change',
        changes: [`timers and queue triggers of ${service} on ${host}: ${on ? 'off -> on' : 'on -> off'}`],
      };
    },
    async apply(io) {
      const { service, host, placement, on, undoable } = io.input;
      if (!isWayBack(io)) await keepLease(io);
      const config: Pm2Placement = (await io.ctx.fleet()).pm2Placement(service, placement);
      const record = await readServiceRecord(io.ctx, config.host, service);
      if (!record) throw new PreconditionError(`${service} does not run on ${config.host}.`, { where: config.host });
      if (record.background === on) return { on };
      const made =
        undoable &&
        (await io.willMake(
          backgroundStep.inverse(`Switch background triggers ${on ? 'off' : 'on'} at ${placement}`, {
            service,
            host,
            placement,
            on: !on,
          }),
        ));
      const swapped = await run(io, await specOf(io.ctx, config.host, { ...record, background: on }));
      const next = { ...record, background: on, run: io.runId, at: new Date(io.ctx.clock.now()).toISOString() };
      await (await io.ctx.transport(config.host)).putFile(`${JSON.stringify(next, null, 2)}\n`, serviceRecord(service));
      if (made) await made();
      return { on, ...swapped };
    },
    recheck: true,
  },
);
