import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { healthOf } from '../../kit/health.js';
import { noAnswer, probedPlace, probeFinding, probeFrom, type Probe } from '../../kit/probe.js';
import { requireRoute } from '../../kit/route.js';

export interface ProbeInput {
  service: string;
  /** The router host. */
  host: string;
  placement: string;
}

/**
 * Asks a placement from the router host, at the address that its route has. @throws PreconditionError when the router
 * cannot ask.
 */
export async function probePlacement(
  ctx: OperationContext,
  { service, host, placement }: ProbeInput,
): Promise<Probe[]> {
  const route = await requireRoute(ctx, service);
  const health = healthOf(await ctx.fleet(), service) ?? route.health;
  return probeFrom(ctx, host, { service, placement, route: { ...route, health } });
}

/**
 * @param more.nextSteps commands in place of those that the error names by itself
 * @param more.without targets that need not answer
 * @throws PreconditionError (code NO_ANSWER) with what the router host got instead of an answer
 */
export async function requireAnswer(
  ctx: OperationContext,
  input: ProbeInput,
  { nextSteps, without = [] }: { nextSteps?: string[]; without?: readonly string[] } = {},
): Promise<void> {
  const all = await probePlacement(ctx, input);
  const probes = all.filter(({ target }) => target === undefined || !without.includes(target));
  if (probes.some(({ ok }) => !ok)) throw noAnswer(input.host, input.service, { probes }, { nextSteps });
}

const inWords = (probes: readonly Probe[]): string =>
  probes
    .map((probe) =>
      probe.ok ? `${probedPlace(probe)} answers ${probe.status} (${probe.request})` : probeFinding(probe),
    )
    .join('; ');

/** Looks from the router host whether a placement answers as it did when it was last judged good. */
export const probeStep = defineStep<OperationContext, ProbeInput>('route.probe', {
  async check(io) {
    const probes = await probePlacement(io.ctx, io.input);
    if (probes.every(({ ok }) => ok)) return { state: 'done', detail: inWords(probes) };
    return { state: 'unknown', reason: `it is asked when it runs; now: ${inWords(probes)}` };
  },
  async apply(io) {
    await requireAnswer(io.ctx, io.input);
    return {};
  },
  recheck: true,
});

/** As plans of earlier versions have it: without the router host. */
export const sideAnswersStep = defineStep<OperationContext, Omit<ProbeInput, 'host'>>('side.answers', {
  async apply(io) {
    await requireAnswer(io.ctx, { ...io.input, host: (await io.ctx.fleet()).router().host });
  },
  repeatable: true,
});
