/** Facts of a size, with the price of an hour on demand with Linux by region, in US dollars. */
interface BookSize {
  vcpu: number;
  memoryMiB: number;
  hourlyUsd: Readonly<Record<string, number>>;
}

/**
 * Prices that were public list prices at the date given; they were not fetched from a price list, so output calls them
 * estimates.
 * A size or region that is not here has no price.
 */
export interface Book {
  /** Where the prices come from. */
  source: string;
  /** ISO date up to which they were known; prices change, so output shows it. */
  date: string;
  sizes: Readonly<Record<string, BookSize>>;
}
