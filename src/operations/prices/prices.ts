import type { z } from 'zod';
import { PreconditionError, UserError } from '../../core/errors.js';
import type { PricingProvider } from '../../providers/contracts/pricing.js';
import type { OperationContext } from '../../kit/context.js';
import { loginError, unanswered, withoutEchoes, type Unanswered } from '../unanswered.js';
import type { options } from './options.schema.js';
import type { result as prices } from './list.schema.js';
import type { result as refreshed } from './refresh.schema.js';

export type PriceRow = PriceList['prices'][number];

export type PriceList = z.output<typeof prices>;

export type RefreshResult = z.output<typeof refreshed>;

export type PriceOptions = z.output<typeof options>;

export const HOURS_OF_A_MONTH = 730;

const OLD_MS = 90 * 86_400_000;

/** Whether a price of an ISO date was read so long ago that it should be read again. */
export const isOld = (date: string, now: number): boolean => now - Date.parse(date) > OLD_MS;

/** Dollars of a month, to the cent. */
export const monthly = (hourlyUsd: number): number => Math.round(hourlyUsd * HOURS_OF_A_MONTH * 100) / 100;

/** Sizes with their prices in the regions of the fleet. Nothing is asked of a cloud. */
export async function listPrices(ctx: OperationContext, options: PriceOptions = {}): Promise<PriceList> {
  const { done, failed } = await eachRegion(ctx, options, (pricing, region) => pricing.sizes(region));
  const prices = done.flatMap(({ provider, value }) =>
    value.map((facts): PriceRow => ({
      provider,
      ...facts,
      ...(facts.hourlyUsd === undefined ? {} : { monthlyUsd: monthly(facts.hourlyUsd) }),
      old: isOld(facts.date, ctx.io.clock.now()),
    })),
  );
  return { prices, failed };
}

/**
 * Reads current prices from the clouds. @throws what the first failed with, when none answered: that logins are missing
 * when that is all.
 */
export async function refreshPrices(ctx: OperationContext, options: PriceOptions = {}): Promise<RefreshResult> {
  const lists = new Map<string, Promise<unknown>>();
  const { done, failed, first } = await eachRegion(ctx, options, (pricing, region) => {
    ctx.io.listener({ type: 'notice', message: `Reading prices of ${region} ...` });
    return pricing.refresh(region, { signal: ctx.signal, lists });
  });
  if (done.length === 0 && first !== undefined) throw loginError(failed) ?? first;
  return { refreshed: done.map(({ provider, value }) => ({ provider, ...value })), failed };
}

interface Outcome<T> {
  done: { provider: string; value: T }[];
  failed: Unanswered[];
  first?: unknown;
}

/** Asks for each region of each provider; one book is written at a time. */
async function eachRegion<T>(
  ctx: OperationContext,
  { provider: only, regions }: PriceOptions,
  ask: (pricing: PricingProvider, region: string) => Promise<T>,
): Promise<Outcome<T>> {
  const outcome: Outcome<T> = { done: [], failed: [] };
  const tell = (where: string, error: unknown): void => {
    outcome.first ??= error;
    outcome.failed.push(unanswered(where, error));
  };
  const all = await pricingOf(ctx, only);
  if (regions?.length && all.length > 1) {
    throw new UserError('A region is one of a provider: which one is not said.', {
      where: '--region',
      hint: `Add --provider ${all.map(([name]) => name).join(', or --provider ')}.`,
    });
  }
  for (const [name, pricing] of all) {
    let wanted: readonly string[] = [];
    try {
      wanted = regions?.length ? regions : await pricing.regions();
    } catch (error) {
      tell(name, error);
    }
    for (const region of wanted) {
      try {
        outcome.done.push({ provider: name, value: await ask(pricing, region) });
      } catch (error) {
        if (ctx.signal.aborted) throw ctx.signal.reason;
        tell(`${name} ${region}`, error);
      }
    }
  }
  return { ...outcome, failed: withoutEchoes(outcome.failed) };
}

async function pricingOf(ctx: OperationContext, only: string | undefined): Promise<[string, PricingProvider][]> {
  const fleet = await ctx.fleet();
  const used = [
    ...new Set([
      ...fleet.hostNames().flatMap((host) => fleet.host(host).provider ?? []),
      ...Object.keys(fleet.config.providers ?? {}),
    ]),
  ].sort();
  if (only !== undefined && !used.includes(only))
    throw new UserError(`The fleet file does not use "${only}".`, {
      hint: used.length > 0 ? `It uses: ${used.join(', ')}.` : undefined,
    });
  const found: [string, PricingProvider][] = [];
  for (const name of used.filter((each) => only === undefined || each === only)) {
    const pricing = await ctx.providers.findCapability(name, 'pricing');
    if (pricing) found.push([name, pricing]);
  }
  if (found.length > 0) return found;
  if (only !== undefined) await ctx.providers.capability(only, 'pricing');
  throw new PreconditionError('No provider of the fleet file has pricing.', {
    code: 'NO_CAPABILITY',
    hint: `These have: ${(await ctx.providers.withCapability('pricing')).join(', ')}.`,
  });
}
