import type { PricingProvider, SizeFacts } from '../contracts/pricing.js';
import { PRICES, type BookName } from './book.js';

/** The bundled price book of a cloud, for the region of a provider. A region without a price of its own has the size's facts and no price. */
export function priceBook(name: BookName, region: () => Promise<string>): PricingProvider {
  const facts = async (): Promise<SizeFacts[]> => {
    const here = await region();
    const { source, date, sizes } = PRICES[name];
    return Object.entries(sizes).map(([size, { vcpu, memoryMiB, hourlyUsd }]) => ({ size, vcpu, memoryMiB, hourlyUsd: hourlyUsd[here], region: here, source, date }));
  };
  return {
    sizes: facts,
    size: async (size) => (await facts()).find((each) => each.size === size),
  };
}
