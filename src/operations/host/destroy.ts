import { defineStep } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import type { Operation } from '../operation.js';
import { instancesOf, ownedHosts } from './instances.js';

export interface DestroyResult {
  run: string;
  destroyed: string[];
}

/** Removes a host with all that is on it. */
export const destroyStep = defineStep<OperationContext, { host: string }>({
  async check(io) {
    const { instances } = await instancesOf(io.ctx, io.input.host);
    const instance = await instances.find((await io.ctx.fleet()).name, io.input.host);
    return instance ? { state: 'change', changes: [`${io.input.host} and all that is on it is removed`] } : { state: 'done', detail: 'it is not there' };
  },
  async apply(io) {
    const { host } = io.input;
    const { instances } = await instancesOf(io.ctx, host);
    await io.ctx.forgetHost(host);
    await instances.destroy((await io.ctx.fleet()).name, host);
  },
});

/** Removes hosts that a provider made. */
export const hostDestroy: Operation<{ host?: string }, DestroyResult> = {
  name: 'host-destroy',
  handlers: { 'host.destroy': destroyStep },

  async plan(ctx, options) {
    const fleet = await ctx.fleet();
    const hosts = await ownedHosts(ctx, options.host);
    return {
      operation: 'host-destroy', subject: options.host ?? fleet.name, title: `Destroy ${hosts.join(', ')}`,
      steps: hosts.map((host) => ({ id: `${host}/destroy`, kind: 'host.destroy', title: 'Destroy the host', host, input: { host } })),
      guards: [], locks: [], fingerprint: fleet.hash, facts: { fleetHash: fleet.hash },
    };
  },

  async result(_ctx, { run, steps }) {
    return { run: run.id, destroyed: steps.filter((record) => !record.unchanged).map((record) => String(record.step.input.host)) };
  },
};
