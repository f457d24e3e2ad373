/** Facts of a machine size. */
export interface SizeFacts {
  size: string;
  vcpu: number;
  memoryMiB: number;
  /** On-demand price of an hour with Linux, in US dollars; undefined when the price book has none for the region. */
  hourlyUsd?: number;
  region: string;
  /** Where the price comes from. */
  source: string;
  /** ISO date on which it was read. */
  date: string;
}

/** Facts of sizes in the provider's region. */
export interface PricingProvider {
  size(size: string): Promise<SizeFacts | undefined>;
  sizes(): Promise<SizeFacts[]>;
}
