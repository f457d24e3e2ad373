import { PreconditionError } from '../../core/errors.js';
import { defineStep, isWayBack } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { platformCapability } from '../../kit/platform.js';
import { placeOf } from '../../kit/service-locks.js';
import { keepLease } from '../router/watchdog.js';

interface BackgroundInput {
  service: string;
  /** The router host, whose watchdog is on guard meanwhile; absent where no route leads to the service. */
  host?: string;
  placement: string;
  on: boolean;
  /** Hosts of the placement that are left out. */
  without?: string[];
  /** True when undoing the run switches it to the opposite again. */
  undoable?: boolean;
}

/** The part of its input that names hosts, where there are some. */
export const leavingOut = (without: readonly string[]): Pick<BackgroundInput, 'without'> =>
  without.length > 0 ? { without: [...without] } : {};

/** Switches a side's timers and queue triggers on or off, by a graceful reload of the same release. */
export const backgroundStep = defineStep<OperationContext, BackgroundInput, { on: boolean; cut?: number }>(
  'release.background',
  {
    async check(io, before) {
      const { service, placement, on, without } = io.input;
      const background = await platformCapability(io.ctx, service, placement, 'background', without);
      if ((await background.isOn()) === on && before)
        return { state: 'done', detail: `background triggers are ${on ? 'on' : 'off'}` };
      const where = placeOf(await io.ctx.fleet(), service, placement, without);
      return {
        state: 'change',
        changes: [`timers and queue triggers of ${service} on ${where}: ${on ? 'off -> on' : 'on -> off'}`],
      };
    },
    async apply(io) {
      const { service, host, placement, on, without, undoable } = io.input;
      if (!isWayBack(io) && host !== undefined) await keepLease({ ...io, input: { ...io.input, host } });
      const background = await platformCapability(io.ctx, service, placement, 'background', without);
      const isOn = await background.isOn();
      if (isOn === undefined) throw new PreconditionError(`${service} does not run in ${placement}.`);
      if (isOn === on) return { on };
      const made =
        undoable &&
        (await io.willMake(
          backgroundStep.inverse(`Switch background triggers ${on ? 'off' : 'on'} at ${placement}`, {
            service,
            ...(host !== undefined && { host }),
            placement,
            on: !on,
            ...(without && { without }),
          }),
        ));
      const swapped = await background.set(io, on);
      if (made) await made();
      return { on, ...swapped };
    },
    recheck: true,
  },
);
