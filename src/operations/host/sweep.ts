import type { z } from 'zod';
import { ExitCode } from '../../core/exit-codes.js';
import { checkRunId } from '../../core/run-id.js';
import type { Step } from '../../core/plan.js';
import type { Listing } from '../../providers/contracts/provider-io.js';
import type { Ownership } from '../../providers/contracts/ownership.js';
import type { Capabilities, Provider } from '../../providers/contracts/provider.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { refuseLive } from '../run/live.js';
import { destroyStep } from './destroy.js';
import { unfirewallStep } from './firewall.js';
import { providerIo } from './provider-io.js';
import { hostLocks } from './locks.js';
import { takesAll, requireNoUsersOf } from './traffic.js';
import { exitCodeOf, loginError, unanswered, withoutEchoes, type Unanswered } from '../unanswered.js';
import type { options, result } from './sweep.schema.js';

export type SweepResult = z.output<typeof result>;

interface SweepFacts extends PlanFacts {
  failed: Unanswered[];
}

type Input = { host: string; provider: string };

export const releaseStep = defineStep<OperationContext, Input>('host.release', {
  async check({ ctx, input: { host, provider } }) {
    const found = await (await ctx.providers.capability(provider, 'addresses')).list((await ctx.fleet()).name);
    const present = found.items.some((address) => address.owner?.host === host);
    return present
      ? { state: 'change', changes: [`the address of ${host} is given back`] }
      : { state: 'done', detail: 'it is not there' };
  },
  async apply(io) {
    const {
      ctx,
      input: { host, provider },
    } = io;
    await (
      await ctx.providers.capability(provider, 'addresses')
    ).release((await ctx.fleet()).name, host, providerIo(io));
  },
});

export const clearStep = defineStep<OperationContext, { provider: string; run: string }>('host.clear', {
  async check({ ctx, input: { provider, run } }) {
    const found = await (await ctx.providers.capability(provider, 'shared')).idle((await ctx.fleet()).name);
    const left = found.items.filter(({ owner }) => owner.run === run).map(({ name }) => name);
    return left.length > 0
      ? { state: 'change', changes: [`${left.join(', ')} is removed: no host uses it`] }
      : { state: 'done', detail: 'nothing is left of what hosts share' };
  },
  async apply(io) {
    const {
      ctx,
      input: { provider },
    } = io;
    await (await ctx.providers.capability(provider, 'shared')).clear((await ctx.fleet()).name, providerIo(io));
  },
});

/** What belongs to a run, in the order in which it can be removed: machines, their addresses, their firewalls. */
const KINDS = [
  { capability: 'instances', type: destroyStep, noun: 'host', title: 'Destroy the host' },
  { capability: 'addresses', type: releaseStep, noun: 'address', title: 'Give its address back' },
  { capability: 'networks', type: unfirewallStep, noun: 'firewall', title: 'Remove its firewall' },
] as const;

async function stepsAt(
  ctx: OperationContext,
  provider: string,
  run: string,
  failed: SweepResult['failed'],
): Promise<Step[]> {
  const fleet = (await ctx.fleet()).name;
  /** The hosts of the run of which something is listed: `-` for what several share. */
  const hostsIn = async (
    capability: keyof Capabilities,
    list: (from: Provider) => Promise<Listing<{ owner?: Ownership }>> | undefined,
  ): Promise<string[]> => {
    try {
      const { items, failed: silent } = (await list(await ctx.providers.get(provider))) ?? { items: [], failed: [] };
      failed.push(...silent.map(({ where, message }) => ({ provider: `${provider} ${where}`, message })));
      return [...new Set(items.filter(({ owner }) => owner?.run === run).map(({ owner }) => owner?.host ?? ''))];
    } catch (error) {
      failed.push(unanswered(`${provider} ${capability}`, error));
      return [];
    }
  };
  const steps: Step[] = [];
  for (const { capability, type, noun, title } of KINDS) {
    const hosts = await hostsIn(capability, (from) => from[capability]?.list(fleet));
    steps.push(
      ...hosts.map((host) =>
        type.step(
          `${provider}/${host}/${noun}`,
          title,
          { host, provider },
          { host, parallel: { block: 'sweep', lane: `${provider}/${host}` } },
        ),
      ),
    );
  }
  const shared = await hostsIn('shared', (from) => from.shared?.idle(fleet));
  return shared.length === 0
    ? steps
    : [...steps, clearStep.step(`${provider}/shared`, 'Remove what hosts shared', { provider, run })];
}

/** Removes everything that a run made at the providers of the fleet and that carries its id, whoever ran it. */
export const hostSweep: Operation<z.output<typeof options>, SweepFacts, SweepResult> = {
  name: 'host-sweep',

  async plan(ctx, { run, force }) {
    checkRunId(run);
    const fleet = await ctx.fleet();
    const known = await (await ctx.state.store()).run(run);
    if (known) await refuseLive(ctx, known);
    const used = fleet
      .hostNames()
      .map((host) => fleet.host(host).provider)
      .filter((name) => name !== undefined);
    const providers = [...new Set([...used, ...Object.keys(fleet.config.providers ?? {})])];
    const silent: SweepResult['failed'] = [];
    const found = (await Promise.all(providers.map((provider) => stepsAt(ctx, provider, run, silent)))).flat();
    const machines = [
      ...new Set(found.flatMap(({ kind, host }) => (kind === destroyStep.kind && host !== undefined ? [host] : []))),
    ];
    if (!force) await requireNoUsersOf(ctx, machines);
    const forced = force ?? (await takesAll(ctx, machines));
    const steps = found.map((step) =>
      forced && step.kind === destroyStep.kind ? { ...step, input: { ...step.input, force: true } } : step,
    );
    // A region that does not answer says so for each thing that it is asked for.
    const failed = withoutEchoes(silent);
    const login = exitCodeOf(failed, providers) === ExitCode.login ? loginError(failed) : undefined;
    if (login) throw login;
    const inUse = [...new Set(steps.flatMap(({ host }) => host ?? []))].filter((host) =>
      fleet.hostNames().includes(host),
    );
    return {
      operation: 'host-sweep',
      subject: run,
      title: `Remove what run ${run} made`,
      steps,
      guards: [],
      locks: await hostLocks(ctx, machines),
      fingerprint: fleet.hash,
      facts: {
        fleetHash: fleet.hash,
        failed,
        notes: [
          ...inUse.map((host) => `${host} is a host of the fleet file.`),
          ...failed.map(({ provider, message }) => `${provider} did not answer: ${message}`),
        ],
      },
    };
  },

  async result(_ctx, { run, facts: { failed }, steps }) {
    return {
      run: run.id,
      swept: run.plan.subject,
      removed: steps.filter((record) => !record.unchanged).map((record) => record.step.id),
      failed,
    };
  },
};
