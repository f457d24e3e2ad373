import type { z } from 'zod';
import { FanopsError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { unfirewallStep } from './firewall.js';
import { ownedHosts } from './instances.js';
import { leftoversOf } from './leftovers.js';
import { hostLocks } from './locks.js';
import { providerIo } from './provider-io.js';
import { takesAll, requireNoUsers, requireNoUsersOf } from './traffic.js';
import type { options, result } from './destroy.schema.js';

export type DestroyResult = z.output<typeof result>;

interface DestroyInput {
  host: string;
  provider: string;
  /** Also when users are sent there. */
  force?: boolean;
}

/** Removes a host with all that is on it, when no user is sent there. */
export const destroyStep = defineStep<OperationContext, DestroyInput>('host.destroy', {
  removes: true,
  async check(io) {
    const { host, provider, force } = io.input;
    const instance = await (
      await io.ctx.providers.capability(provider, 'instances')
    ).find((await io.ctx.fleet()).name, host);
    if (!instance) return { state: 'done', detail: 'it is not there' };
    const { names } = await leftoversOf(io.ctx, { host, provider, instance, force });
    const changes = [`${host} and all that is on it is removed`, ...names.map((name) => `${name} is removed`)];
    return { state: 'change', changes };
  },
  async apply(io) {
    const {
      ctx,
      input: { host, provider, force },
    } = io;
    const fleet = await ctx.fleet();
    if (!force) await requireNoUsers(ctx, host);
    const instances = await ctx.providers.capability(provider, 'instances');
    const instance = await instances.find(fleet.name, host);
    if (instance) await (await leftoversOf(ctx, { host, provider, instance, force })).remove();
    if (fleet.hostNames().includes(host)) await forget(ctx, host);
    await instances.destroy(fleet.name, host, providerIo(io));
  },
  mayUndo: ({ ctx, input: { host, force } }) => (force ? Promise.resolve() : requireNoUsers(ctx, host)),
});

/** The connection is closed, and the key is no longer known: the address may be given to another machine. */
async function forget(ctx: OperationContext, host: string): Promise<void> {
  await ctx.hosts.forget(host);
  try {
    await ctx.hosts.setKeys(host, []);
  } catch (error) {
    // A machine without an address has no line in the file of known keys that could be found by it.
    if (!(error instanceof FanopsError) || error.code !== 'NO_HOST') throw error;
  }
}

/** The steps that remove a host and what was made for it. */
async function steps(ctx: OperationContext, host: string, force: boolean): Promise<Step[]> {
  const provider = (await ctx.fleet()).host(host).provider ?? '';
  const input = { host, provider };
  const parallel = { block: 'hosts', lane: host };
  return [
    destroyStep.step(`${host}/destroy`, 'Destroy the host', { ...input, ...(force && { force }) }, { host, parallel }),
    ...((await ctx.providers.findCapability(provider, 'networks'))
      ? [unfirewallStep.step(`${host}/firewall`, 'Remove its firewall', input, { host, parallel })]
      : []),
  ];
}

export type DestroyOptions = z.output<typeof options>;

/** Removes hosts that a provider made. */
export const hostDestroy: Operation<DestroyOptions, PlanFacts, DestroyResult> = {
  name: 'host-destroy',

  async plan(ctx, options) {
    const fleet = await ctx.fleet();
    const hosts = await ownedHosts(ctx, options.host);
    if (!options.force) await requireNoUsersOf(ctx, hosts, { named: options.host !== undefined });
    // The machine of the router may go before the others, and could not be asked then.
    const force = options.force ?? (await takesAll(ctx, hosts));
    return {
      operation: 'host-destroy',
      subject: options.host ?? fleet.name,
      title: `Destroy ${hosts.join(', ') || 'no hosts'}`,
      steps: (await Promise.all(hosts.map((host) => steps(ctx, host, force)))).flat(),
      guards: [],
      locks: await hostLocks(ctx, hosts),
      fingerprint: fleet.hash,
      facts: { fleetHash: fleet.hash },
    };
  },

  async result(_ctx, { run, steps: records }) {
    const removed = destroyStep.of(records).filter(({ unchanged }) => !unchanged);
    return { run: run.id, destroyed: removed.map(({ step }) => step.input.host) };
  },
};
