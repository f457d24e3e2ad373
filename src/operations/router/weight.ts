import type { z } from 'zod';
import { serviceLock } from '../../remote/layout.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { requireAgreement } from '../drift/require.js';
import { healthOf } from '../../kit/health.js';
import { noAnswer, probeFrom, silentText, type Probe } from '../../kit/probe.js';
import { requireRoute, weightsText, withWeights } from '../../kit/route.js';
import { settleStep } from './settle.js';
import { revertStep, setWeights } from './revert.js';
import type { options, result } from './weight.schema.js';

export type WeightOptions = z.output<typeof options>;

export type WeightResult = z.output<typeof result>;

interface WeightFacts extends PlanFacts {
  service: string;
}

interface WeightInput {
  service: string;
  host: string;
  weights: Record<string, number>;
  force?: boolean;
}

export const weightStep = defineStep<OperationContext, WeightInput>('router.weight', {
  async check(io) {
    const route = await requireRoute(io.ctx, io.input.service);
    const next = withWeights(route, io.input.weights);
    const same = route.placements.every((placement, index) => placement.weight === next[index]?.weight);
    if (same) return { state: 'done' };
    const silent = (await silentPlacements(io.ctx, io.input)).map(
      (probe) => `${silentText(io.input.host, probe)}: forced`,
    );
    return {
      state: 'change',
      changes: [`weights: ${weightsText(route.placements)} -> ${weightsText(next)}`, ...silent],
    };
  },
  async apply(io) {
    const { service, host, weights, force } = io.input;
    const route = await requireRoute(io.ctx, service);
    const made = await io.willMake(
      revertStep.inverse(`Put the weights of ${service} back`, { service, host, route: route }),
    );
    await setWeights(io, host, service, weights, {}, force ? 'force' : 'probe');
    await made();
  },
});

/** Placements that are to get more than they have and do not answer from the router host. */
async function silentPlacements(ctx: OperationContext, { service, host, weights }: WeightInput): Promise<Probe[]> {
  const route = await requireRoute(ctx, service);
  const health = healthOf(await ctx.fleet(), service) ?? route.health;
  const wanted = { ...route, health, placements: withWeights(route, weights) };
  return (await probeFrom(ctx, host, { service, route: wanted, rising: true })).filter(({ ok }) => !ok);
}

/** @throws PreconditionError (code NO_ANSWER) that says how to start what does not answer. */
async function requireAnswers(ctx: OperationContext, input: WeightInput): Promise<void> {
  const silent = await silentPlacements(ctx, input);
  if (silent.length === 0) return;
  const fleet = await ctx.fleet();
  const stopped = silent.filter(({ placement }) => fleet.can(input.service, placement, 'releases'));
  throw noAnswer(
    input.host,
    input.service,
    { probes: silent },
    {
      hint: 'With --force it gets weight all the same.',
      nextSteps:
        stopped.length > 0
          ? stopped.map(({ placement }) => `fanops migrate ${input.service} --to ${placement}`)
          : undefined,
    },
  );
}

/** Weights written by hand. The official placement of the service stays. */
export const routerWeight: Operation<WeightOptions, WeightFacts, WeightResult> = {
  name: 'router-weight',

  async plan(ctx, { service, weights, force }) {
    const fleet = await ctx.fleet();
    fleet.service(service);
    for (const name of Object.keys(weights)) fleet.placement(service, name);
    const { host } = fleet.router();
    const route = await requireRoute(ctx, service);
    const input = { service, host, weights, ...(force && { force }) };
    if (!force) {
      await requireAgreement(ctx, service, { receiving: Object.keys(weights).filter((name) => weights[name]! > 0) });
      await requireAnswers(ctx, input);
    }
    return {
      operation: 'router-weight',
      subject: service,
      title: `Set the weights of ${service}`,
      steps: [
        weightStep.step(
          'weights',
          `Weights: ${Object.entries(weights)
            .map(([name, weight]) => `${name} ${weight}`)
            .join(', ')}`,
          input,
          { host },
        ),
      ],
      guards: force
        ? []
        : [
            {
              from: 'weights',
              until: 'weights',
              action: settleStep.inverse(`Keep the users of ${service} where it answers`, {
                service,
                host,
                route: route,
              }),
            },
          ],
      locks: [{ host, name: serviceLock(service) }],
      fingerprint: fleet.hash,
      facts: { service, fleetHash: fleet.hash },
    };
  },

  async result(ctx, { run, facts: { service } }) {
    return { run: run.id, service, placements: (await requireRoute(ctx, service)).placements };
  },
};
