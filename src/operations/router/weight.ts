import { UserError } from '../../core/errors.js';
import { serviceLock } from '../../remote/layout.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { requireAgreement } from '../drift/require.js';
import { healthOf } from '../../kit/health.js';
import { noAnswer, probeFrom, silentText, type Probe } from '../../kit/probe.js';
import { requireRoute, weightsText, withWeights, type RoutedPlacement } from '../../kit/route.js';
import { settleStep } from './settle.js';
import { revertStep, setWeights } from './revert.js';

export interface WeightOptions {
  service: string;
  /** Share by placement; a placement that is not named gets 0. */
  weights: Record<string, number>;
  /** Gives weight also to a placement that does not answer. */
  force?: boolean;
}

export interface WeightResult {
  run: string;
  service: string;
  placements: RoutedPlacement[];
}

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
  const stopped = silent.filter(({ placement }) => fleet.placement(input.service, placement).platform === 'pm2');
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

/** Weights from `azure=90 vm=10`. @throws UserError for anything else, or when they do not add up to 100. */
export function parseWeights(pairs: string[]): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const pair of pairs) {
    const match = /^([a-z][a-z0-9-]*)=(\d{1,3})$/.exec(pair);
    if (!match) throw new UserError(`"${pair}" is no weight.`, { hint: 'Write PLACEMENT=SHARE: azure=90 vm=10.' });
    weights[match[1]!] = Number(match[2]);
  }
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  if (sum !== 100)
    throw new UserError(`The weights add up to ${sum}, not to 100.`, {
      hint: 'Name every placement that gets traffic.',
    });
  return weights;
}
