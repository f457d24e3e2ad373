import { PreconditionError, UserError, messageOf } from '../../core/errors.js';
import type { PricingProvider, RefreshedPrices, SizeFacts } from '../../providers/contracts/pricing.js';
import type { OperationContext } from '../context.js';

export interface PriceRow extends SizeFacts {
  provider: string;
  /** US dollars for a month of 730 hours. */
  monthlyUsd?: number;
}

export interface PriceList {
  prices: PriceRow[];
  failed: { provider: string; message: string }[];
}

export interface RefreshResult {
  refreshed: (RefreshedPrices & { provider: string })[];
  /** What could not be read; its older prices stay. */
  failed: { provider: string; message: string }[];
}

export interface PriceOptions {
  /** Only this one. */
  provider?: string;
  /** Only these regions, in the provider's words; default: those that the fleet uses. */
  regions?: readonly string[];
}

export const HOURS_OF_A_MONTH = 730;

/** Dollars of a month, to the cent. */
export const monthly = (hourlyUsd: number): number => Math.round(hourlyUsd * HOURS_OF_A_MONTH * 100) / 100;

/** Sizes with their prices in the regions of the fleet. Nothing is asked of a cloud. */
export async function listPrices(ctx: OperationContext, options: PriceOptions = {}): Promise<PriceList> {
  const { done, failed } = await eachRegion(ctx, options, (pricing, region) => pricing.sizes(region));
  const prices = done.flatMap(({ provider, value }) => value.map((facts): PriceRow => ({ provider, ...facts, ...(facts.hourlyUsd === undefined ? {} : { monthlyUsd: monthly(facts.hourlyUsd) }) })));
  return { prices, failed };
}

/** Reads current prices from the clouds. @throws what all failed with, when none answered. */
export async function refreshPrices(ctx: OperationContext, options: PriceOptions = {}): Promise<RefreshResult> {
  const { done, failed, first } = await eachRegion(ctx, options, (pricing, region) => {
    ctx.listener({ type: 'notice', message: `Reading prices of ${region} ...` });
    return pricing.refresh(region);
  });
  if (done.length === 0 && first !== undefined) throw first;
  return { refreshed: done.map(({ provider, value }) => ({ provider, ...value })), failed };
}

interface Outcome<T> {
  done: { provider: string; value: T }[];
  failed: { provider: string; message: string }[];
  first?: unknown;
}

/** Asks for each region of each provider; one book is written at a time. */
async function eachRegion<T>(ctx: OperationContext, { provider: only, regions }: PriceOptions, ask: (pricing: PricingProvider, region: string) => Promise<T>): Promise<Outcome<T>> {
  const outcome: Outcome<T> = { done: [], failed: [] };
  const tell = (where: string, error: unknown): void => {
    outcome.first ??= error;
    outcome.failed.push({ provider: where, message: messageOf(error) });
  };
  for (const [name, pricing] of await pricingOf(ctx, only)) {
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
        tell(`${name} ${region}`, error);
      }
    }
  }
  return outcome;
}

async function pricingOf(ctx: OperationContext, only: string | undefined): Promise<[string, PricingProvider][]> {
  const fleet = await ctx.fleet();
  const used = [...new Set([...fleet.hostNames().flatMap((host) => fleet.host(host).provider ?? []), ...Object.keys(fleet.config.providers ?? {})])].sort();
  if (only !== undefined && !used.includes(only)) throw new UserError(`The fleet file does not use "${only}".`, { hint: used.length > 0 ? `It uses: ${used.join(', ')}.` : undefined });
  const found: [string, PricingProvider][] = [];
  for (const name of used.filter((each) => only === undefined || each === only)) {
    const { pricing } = await ctx.provider(name);
    if (pricing) found.push([name, pricing]);
  }
  if (found.length > 0) return found;
  throw new PreconditionError(only === undefined ? 'No provider of the fleet file has prices.' : `The provider ${only} has no prices.`, { code: 'NO_CAPABILITY', hint: 'aws, azure and gcp have.' });
}
