import type { z } from 'zod';
import type { Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { jumpChain } from '../../fleet/jumps.js';
import type { NodeSource } from '../../remote/bootstrap/node.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { bootstrapSteps, workChecks } from './bootstrap.js';
import { createStep } from './create.js';
import { firewallStep } from './firewall.js';
import { hostKeyStep } from './host-key.js';
import { instancesOf, ownedHosts } from './instances.js';
import { reachStep } from './reach.js';
import { standingStep } from './standing.js';
import type { options, result } from './provision.schema.js';

export type ProvisionOptions = z.output<typeof options>;

export type ProvisionResult = z.output<typeof result>;

/** The steps of one host, cut where others need its address. */
interface HostSteps {
  make: Step[];
  prepare: Step[];
}

async function stepsOf(ctx: OperationContext, host: string, node?: NodeSource): Promise<HostSteps> {
  const fleet = await ctx.fleet();
  const provider = fleet.host(host).provider ?? '';
  const { firstBoot, bootstrap } = fleet.traits(host);
  const input = { host, provider };
  const fenced = (await ctx.providers.findCapability(provider, 'networks')) !== undefined;
  return {
    make: [
      ...(fenced ? [firewallStep.step(`${host}/firewall`, 'Open what it needs', input, { host })] : []),
      createStep.step(`${host}/create`, 'Make the host', input, { host }),
    ],
    prepare: [
      reachStep.step(`${host}/reach`, 'Reach it by SSH', input, { host }),
      ...(firstBoot ? [hostKeyStep.step(`${host}/key`, 'Replace its first host key', input, { host })] : []),
      ...(bootstrap ? await bootstrapSteps(ctx, host, node) : []),
      ...(await workChecks(ctx, host)),
      standingStep.step(`${host}/standing`, 'Run what it is to run', input, { host }),
    ],
  };
}

/**
 * The order of hosts: those that others are reached through come before them, and the router is made before the hosts
 * that let it in. Within that,
 * all at once.
 */
function inBlocks(fleet: Fleet, hosts: ReadonlyMap<string, HostSteps>): Step[] {
  const behind = (host: string): number => jumpChain(fleet.config, host).filter((jump) => hosts.has(jump)).length;
  const router = fleet.config.router?.host;
  const lane = (block: string, host: string, steps: readonly Step[]): Step[] =>
    steps.map((step) => ({ ...step, parallel: { block, lane: host } }));
  const depths = [...new Set([...hosts.keys()].map(behind))].sort();
  return depths.flatMap((depth) => {
    const here = [...hosts].filter(([host]) => behind(host) === depth);
    const early = here.length > 1 ? here.filter(([host]) => host === router) : [];
    return [
      ...early.flatMap(([, { make }]) => make),
      ...here.flatMap(([host, { make, prepare }]) =>
        lane(`hosts-${depth}`, host, early.some(([each]) => each === host) ? prepare : [...make, ...prepare]),
      ),
    ];
  });
}

/**
 * Makes the hosts that are missing, starts those that are stopped, prepares them, and looks whether each can do its
 * work.
 */
export const hostProvision: Operation<ProvisionOptions, PlanFacts & { hosts: string[] }, ProvisionResult> = {
  name: 'host-provision',

  async plan(ctx, { host, node }) {
    const fleet = await ctx.fleet();
    const hosts = await ownedHosts(ctx, host);
    const steps = new Map(
      await Promise.all(hosts.map(async (name) => [name, await stepsOf(ctx, name, node)] as const)),
    );
    return {
      operation: 'host-provision',
      subject: host ?? fleet.name,
      title: `Provision ${hosts.length === 1 ? `host ${hosts[0]}` : `${hosts.length} hosts`}`,
      steps: inBlocks(fleet, steps),
      guards: [],
      locks: [],
      fingerprint: fleet.hash,
      facts: { fleetHash: fleet.hash, hosts },
    };
  },

  async result(ctx, { run, steps }) {
    const fleet = await ctx.fleet();
    const hosts = await Promise.all(
      [...new Set(steps.map((record) => String(record.step.input.host)))].map(async (name) => {
        const { provider, instances } = await instancesOf(ctx, name);
        const endpoint = (await instances.find(fleet.name, name))?.endpoint;
        const changed = steps.some(
          (record) => record.step.input.host === name && !record.unchanged && record.step.kind !== reachStep.kind,
        );
        return { name, provider, address: endpoint?.address ?? '', port: endpoint?.port ?? 0, changed };
      }),
    );
    return { run: run.id, hosts };
  },
};
