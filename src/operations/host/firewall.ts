import type { Firewall } from '../../providers/contracts/networks.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { providerIo } from './provider-io.js';
import { ruleChanges, wantedRules } from './rules.js';

type Input = { host: string; provider: string };

/** Makes the firewall of a host, or brings it to what the file says. */
export const firewallStep = defineStep<OperationContext, Input, { firewall: Firewall; detail: string }>(
  'host.firewall',
  {
    async check(io) {
      const {
        ctx,
        input: { host, provider },
      } = io;
      const present = await (await ctx.providers.capability(provider, 'networks')).find((await ctx.fleet()).name, host);
      const { rules, unknown, kept } = await wantedRules(ctx, host, { present: present?.rules });
      const changes = [...(present ? [] : [`a firewall for ${host}`]), ...ruleChanges(present?.rules ?? [], rules)];
      // A host that this run makes first has an address by the time this step runs.
      const later = unknown
        .filter((each) => Array.isArray(io.facts.hosts) && io.facts.hosts.includes(each))
        .map((each) => `what ${each} needs, once it has an address`);
      if (changes.length > 0) return { state: 'change', changes: [...changes, ...later, ...kept] };
      if (later.length > 0) return { state: 'unknown', reason: later.join(', ') };
      return {
        state: 'done',
        detail: [
          unknown.length === 0 ? 'as the file says' : `closed to ${unknown.join(', ')}, which has no address`,
          ...kept,
        ].join('; '),
      };
    },
    async apply(io) {
      const {
        ctx,
        input: { host, provider },
      } = io;
      const networks = await ctx.providers.capability(provider, 'networks');
      const fleet = (await ctx.fleet()).name;
      const present = await networks.find(fleet, host);
      const made =
        !present || present.owner.run === io.runId
          ? await io.willMake(unfirewallStep.inverse(`Remove the firewall of ${host}`, { host, provider }))
          : undefined;
      const { rules, kept } = await wantedRules(ctx, host, { present: present?.rules });
      const firewall = await networks.ensure(
        { fleet, host, run: present?.owner.run ?? io.runId, rules },
        providerIo(io),
      );
      await made?.();
      return { firewall, detail: [`${rules.length} rules`, ...kept].join('; ') };
    },
  },
);

/** The firewall that this run made or found for a host. */
export async function firewallOf(io: StepIo<OperationContext, Input>): Promise<Firewall | undefined> {
  const {
    ctx,
    input: { host, provider },
  } = io;
  const made = io.outputs(`${host}/firewall`)?.firewall as unknown as Firewall | undefined;
  return made ?? (await ctx.providers.findCapability(provider, 'networks'))?.find((await ctx.fleet()).name, host);
}

/** Removes the firewall of a host, when no machine uses it. */
export const unfirewallStep = defineStep<OperationContext, Input>('host.unfirewall', {
  async check(io) {
    const {
      ctx,
      input: { host, provider },
    } = io;
    const present = await (await ctx.providers.capability(provider, 'networks')).find((await ctx.fleet()).name, host);
    return present
      ? { state: 'change', changes: [`the firewall of ${host} is removed`] }
      : { state: 'done', detail: 'it is not there' };
  },
  async apply(io) {
    const {
      ctx,
      input: { host, provider },
    } = io;
    await (await ctx.providers.capability(provider, 'networks')).remove((await ctx.fleet()).name, host, providerIo(io));
  },
});
