import type { z } from 'zod';
import { UserError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { existing, instancesOf, ownedHosts } from './instances.js';
import { hostLocks } from './locks.js';
import { providerIo } from './provider-io.js';
import { reachStep } from './reach.js';
import { standingStep } from './standing.js';
import { takesAll, requireNoUsers, requireNoUsersOf } from './traffic.js';
import type { options, result } from './power.schema.js';

export type PowerAction = 'stop' | 'start' | 'restart';

export type PowerOptions = z.output<typeof options>;

export type PowerResult = z.output<typeof result>;

type Input = { host: string; action: PowerAction; force?: boolean };

const DONE = { stop: 'stopped', start: 'started', restart: 'restarted' } as const;

export const powerStep = defineStep<OperationContext, Input>('host.power', {
  async check({ ctx, input: { host, action } }) {
    const { state } = await existing(ctx, host);
    if ((action === 'stop' && state === 'stopped') || (action === 'start' && state === 'running'))
      return { state: 'done', detail: `it is ${state}` };
    return { state: 'change', changes: [`${host} is ${DONE[action]}`] };
  },
  async apply(io) {
    const {
      ctx,
      input: { host, action, force },
    } = io;
    if (action !== 'start' && !force) await requireNoUsers(ctx, host);
    const fleet = await ctx.fleet();
    const { instances } = await instancesOf(ctx, host);
    // Asked again: `create` makes what is missing, and that is not what was asked for.
    const { owner } = await existing(ctx, host);
    await ctx.hosts.forget(host);
    if (action !== 'start') await instances.power(fleet.name, host, action, providerIo(io));
    else
      await instances.create(
        { name: host, fleet: fleet.name, roles: fleet.host(host).roles, runId: owner?.run ?? io.runId },
        providerIo(io),
      );
    await ctx.hosts.forget(host);
  },
});

/** Stops, starts or restarts hosts that a provider made; what runs is waited for. */
const power = (action: PowerAction): Operation<PowerOptions, PlanFacts & { action: PowerAction }, PowerResult> => ({
  name: 'host-power',

  async plan(ctx, { host, force }) {
    const fleet = await ctx.fleet();
    const hosts = await ownedHosts(ctx, host);
    if (hosts.length === 0) throw new UserError('No host of the fleet file has a provider.');
    if (action !== 'start' && !force) await requireNoUsersOf(ctx, hosts, { named: host !== undefined });
    const forced = force ?? (await takesAll(ctx, hosts));
    const title = `${action === 'stop' ? 'Stop' : action === 'start' ? 'Start' : 'Restart'} ${hosts.join(', ')}`;
    return {
      operation: 'host-power',
      subject: host ?? fleet.name,
      title,
      steps: hosts.flatMap((name): Step[] => {
        const parallel = { block: 'hosts', lane: name };
        const power: Step = powerStep.step(
          `${name}/${action}`,
          title.split(' ')[0] + ' the host',
          { host: name, action, ...(forced && { force: true }) },
          { host: name, parallel },
        );
        if (action === 'stop') return [power];
        const standing = fleet.traits(name).initSystem
          ? []
          : [standingStep.step(`${name}/standing`, 'Run what it is to run', { host: name }, { host: name, parallel })];
        return [
          power,
          reachStep.step(`${name}/reach`, 'Reach it by SSH', { host: name }, { host: name, parallel }),
          ...standing,
        ];
      }),
      guards: [],
      locks: action === 'start' ? [] : await hostLocks(ctx, hosts),
      fingerprint: fleet.hash,
      facts: { fleetHash: fleet.hash, action },
    };
  },

  async result(ctx, { run, facts: { action }, steps }) {
    const hosts = await Promise.all(
      powerStep.of(steps).map(async ({ step, unchanged }) => {
        const name = step.input.host;
        return { name, state: (await existing(ctx, name)).state, changed: !unchanged };
      }),
    );
    return { run: run.id, action, hosts };
  },
});

export const hostStop = power('stop');
export const hostStart = power('start');
export const hostRestart = power('restart');
