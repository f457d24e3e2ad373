import { FanopsError } from '../../core/errors.js';
import type { CheckResult, Step } from '../../core/plan.js';
import { waitFor } from '../../core/wait.js';
import { defineStep, type StepHandler } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { hostFacts } from '../facts.js';
import { hostCheckStep } from '../host-check.js';
import type { Operation } from '../operation.js';
import { instancesOf, ownedHosts } from './instances.js';
import { destroyStep } from './destroy.js';
import { standingStep } from './standing.js';

export interface ProvisionOptions {
  /** One host, or undefined for all that have a provider. */
  host?: string;
}

export interface ProvisionResult {
  run: string;
  hosts: { name: string; provider: string; address: string; port: number; changed: boolean }[];
}

/** Codes of a host that does not answer yet. */
const NOT_REACHED = ['UNREACHABLE', 'DEADLINE', 'LINK_LOST'];

const createStep = defineStep<OperationContext, { host: string; provider: string }>({
  async check(io) {
    const { host, provider } = io.input;
    const { instances } = await instancesOf(io.ctx, host);
    const instance = await instances.find((await io.ctx.fleet()).name, host);
    if (instance?.state === 'running') return { state: 'done', detail: 'it runs' };
    return { state: 'change', changes: [instance ? `${host} is started` : `${host} is made by ${provider}`] };
  },
  async apply(io) {
    const { host, provider } = io.input;
    const fleet = await io.ctx.fleet();
    const { instances } = await instancesOf(io.ctx, host);
    const present = await instances.find(fleet.name, host);
    const made = present ? undefined : await io.willMake({ kind: 'host.destroy', title: `Destroy host ${host}`, input: { host, provider } });
    const instance = await instances.create({ name: host, fleet: fleet.name, roles: fleet.host(host).roles, runId: io.runId }, io.signal);
    await made?.();
    await io.ctx.forgetHost(host);
    return { id: instance.id, detail: instance.endpoint ? `${instance.endpoint.address}:${instance.endpoint.port}` : '' };
  },
});

/** Until the host is there, nothing can be said of it. */
const notThere = (error: unknown): CheckResult => {
  if (error instanceof FanopsError && ['NO_HOST', ...NOT_REACHED].includes(error.code)) return { state: 'unknown', reason: error.message.replace(/\.$/, '') };
  throw error;
};

const reachStep = defineStep<OperationContext, { host: string }>({
  async check(io) {
    try {
      await hostFacts(io.ctx, io.input.host);
      return { state: 'done', detail: 'it answers' };
    } catch (error) {
      return notThere(error);
    }
  },
  async apply(io) {
    const { host } = io.input;
    await waitFor(async () => {
      try {
        return { done: true, value: await hostFacts(io.ctx, host) };
      } catch (error) {
        if (error instanceof FanopsError && NOT_REACHED.includes(error.code)) return { done: false, seen: error.message };
        throw error;
      }
    }, { clock: io.ctx.clock, what: `SSH on ${host}`, timeoutMs: 60_000, signal: io.signal, onWait: io.progress });
  },
  repeatable: true,
});

/** The same handler; a dry run cannot look at a host that is not there yet. */
const onceThere = (handler: StepHandler<OperationContext>): StepHandler<OperationContext> => ({
  ...handler,
  async check(io) {
    try {
      return (await handler.check?.(io)) ?? { state: 'done' };
    } catch (error) {
      if (io.runId === 'dry-run') return notThere(error);
      throw error;
    }
  },
});

/** Makes the hosts that are missing, starts those that are stopped with what ran on them, and looks whether each can do its work. */
export const hostProvision: Operation<ProvisionOptions, ProvisionResult> = {
  name: 'host-provision',
  handlers: { 'host.create': createStep, 'host.reach': reachStep, 'host.check': onceThere(hostCheckStep), 'host.standing': onceThere(standingStep), 'host.destroy': destroyStep },

  async plan(ctx, options) {
    const fleet = await ctx.fleet();
    const hosts = await ownedHosts(ctx, options.host);
    return {
      operation: 'host-provision', subject: options.host ?? fleet.name,
      title: `Provision ${hosts.length === 1 ? `host ${hosts[0]}` : `${hosts.length} hosts`}`,
      steps: hosts.flatMap((host): Step[] => [
        { id: `${host}/create`, kind: 'host.create', title: 'Make the host', host, input: { host, provider: fleet.host(host).provider ?? '' } },
        { id: `${host}/reach`, kind: 'host.reach', title: 'Reach it by SSH', host, input: { host } },
        { id: `${host}/check`, kind: 'host.check', title: 'Check what it has', host, input: { host, bytes: 0 } },
        { id: `${host}/standing`, kind: 'host.standing', title: 'Run what it is to run', host, input: { host } },
      ]),
      guards: [], locks: [], fingerprint: fleet.hash, facts: { fleetHash: fleet.hash },
    };
  },

  async result(ctx, { run, steps }) {
    const fleet = await ctx.fleet();
    const made = steps.filter((record) => record.step.kind === 'host.create');
    const hosts = await Promise.all(made.map(async (record) => {
      const name = String(record.step.input.host);
      const { provider, instances } = await instancesOf(ctx, name);
      const endpoint = (await instances.find(fleet.name, name))?.endpoint;
      return { name, provider, address: endpoint?.address ?? '', port: endpoint?.port ?? 0, changed: !record.unchanged };
    }));
    return { run: run.id, hosts };
  },
};
