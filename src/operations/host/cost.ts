import type { Instance } from '../../providers/contracts/instances.js';
import type { PricingProvider, SizeFacts } from '../../providers/contracts/pricing.js';
import { isOld, monthly } from '../prices/prices.js';

/** What machines cost: `null` for one whose price is not known. */
export type CostOf = (instance: Instance) => { monthlyUsd: number; price: Price } | null;

interface Price {
  source: SizeFacts['source'];
  date: string;
  /** Whether it was read so long ago that it should be read again. */
  old: boolean;
}

/**
 * Prices of machines by their regions and sizes.
 * @param now in milliseconds since the epoch
 * @param told is told of a region whose prices cannot be read
 */
export async function costOf(
  pricing: PricingProvider,
  machines: readonly Instance[],
  now: number,
  told: (error: unknown) => undefined,
): Promise<CostOf> {
  const regions = [...new Set(machines.flatMap(({ region }) => region ?? []))];
  const found = (await Promise.all(regions.map((region) => pricing.sizes(region).catch(told)))).flatMap(
    (sizes) => sizes ?? [],
  );
  const facts = new Map(found.map((each) => [`${each.region} ${each.size}`, each]));
  return ({ region, size }) => {
    const { hourlyUsd, source, date } = facts.get(`${region} ${size}`) ?? {};
    if (hourlyUsd === undefined || source === undefined || date === undefined) return null;
    return { monthlyUsd: monthly(hourlyUsd), price: { source, date, old: isOld(date, now) } };
  };
}
