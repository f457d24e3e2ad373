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

/** What a refresh read for one region. */
export interface RefreshedPrices {
  region: string;
  /** Sizes with a price. */
  sizes: string[];
  /** Sizes whose price was not taken, since it was missing or made no sense; what the book had of them stays. */
  refused: { size: string; why: string }[];
}

/** What a refresh obeys, and what it shares with those of other regions. */
export interface RefreshIo {
  signal?: AbortSignal;
  /**
   * Lists of prices of all regions: read once, whoever needs one first. The same for all refreshes that go together.
   */
  lists?: Map<string, Promise<unknown>>;
}

/** Facts of sizes by region; the region of the provider where none is named. */
export interface PricingProvider {
  /** @throws UserError when the refreshed book of the region cannot be read, or its name cannot be one. */
  size(size: string, region?: string): Promise<SizeFacts | undefined>;
  sizes(region?: string): Promise<SizeFacts[]>;
  /** Regions that the fleet uses. */
  regions(): Promise<string[]>;
  /**
   * Reads the prices of a region from the cloud and keeps them in place of older ones.
   * @throws UserError, code NO_REGION, for a region where the cloud has none of the sizes; ProviderError; what was kept
   * before stays
   */
  refresh(region: string, io?: RefreshIo): Promise<RefreshedPrices>;
}
