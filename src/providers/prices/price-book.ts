import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { UserError } from '../../core/errors.js';
import type { PricingProvider, RefreshedPrices, RefreshIo, SizeFacts } from '../contracts/pricing.js';
import type { Book } from './book.js';
import { readPrices, writePrices, type ReadPrices } from './refreshed.js';

/** What a cloud tells of a size; a price that is missing or makes no sense is told as it came. */
export interface ToldPrice {
  size: string;
  vcpu?: number;
  memoryMiB?: number;
  /** All prices of an hour that fit the size; one is expected. */
  hourlyUsd: number[];
  /** Why the prices are not those of the whole machine. */
  unfit?: string;
}

export interface PriceBookParts {
  /** Name of the provider. */
  name: string;
  /** What is known without asking. */
  bundled: Book;
  /** The region of hosts that name none. */
  region(): Promise<string>;
  /** Regions that the fleet uses. */
  regions(): Promise<string[]>;
  /** Sizes that hosts of the fleet name. */
  sizes: readonly string[];
  /** Folder that refreshed books lie in. */
  stateDir(): Promise<string>;
  clock: Clock;
  /** Where prices are read, for output. */
  source: string;
  /** How the cloud writes the name of a region in its programs: `westeurope` of `West Europe`. Default: as it is. */
  nameOf?(region: string): string;
  /**
   * Reads facts and prices of sizes in a region. A size that the region does not have is left out. @throws
   * ProviderError
   */
  read(region: string, sizes: readonly string[], io: RefreshIo): Promise<ToldPrice[]>;
}

/** The price book of a cloud: what was read from it by `refresh`, and below that the bundled book. */
export class PriceBook implements PricingProvider {
  readonly #read = new Map<string, Promise<ReadPrices>>();

  constructor(private readonly parts: PriceBookParts) {}

  async size(size: string, region?: string): Promise<SizeFacts | undefined> {
    return (await this.sizes(region)).find((each) => each.size === size);
  }

  async sizes(named?: string): Promise<SizeFacts[]> {
    const region = this.#nameOf(named ?? (await this.parts.region()));
    const { source, date, sizes } = this.parts.bundled;
    const known = Object.entries(sizes).map(([size, { vcpu, memoryMiB, hourlyUsd }]): SizeFacts => ({
      size,
      vcpu,
      memoryMiB,
      hourlyUsd: hourlyUsd[region],
      region,
      source,
      date,
    }));
    const read = Object.entries(await this.#prices(region)).map(([size, facts]): SizeFacts => ({
      size,
      region,
      ...facts,
    }));
    return [...known.filter(({ size }) => !read.some((each) => each.size === size)), ...read].sort(
      (a, b) => a.vcpu - b.vcpu || a.memoryMiB - b.memoryMiB || a.size.localeCompare(b.size),
    );
  }

  regions(): Promise<string[]> {
    return this.parts.regions();
  }

  async refresh(named: string, io: RefreshIo = {}): Promise<RefreshedPrices> {
    const { bundled, source, clock } = this.parts;
    const region = this.#nameOf(named);
    const wanted = [...new Set([...Object.keys(bundled.sizes), ...this.parts.sizes])].sort();
    const told = new Map((await this.parts.read(region, wanted, io)).map((each) => [each.size, each]));
    if (told.size === 0) throw unknownRegion(this.parts, named);
    const date = new Date(clock.now()).toISOString().slice(0, 10);
    const taken: ReadPrices = {};
    const refused: RefreshedPrices['refused'] = [];
    for (const size of wanted) {
      const { vcpu = 0, memoryMiB = 0, hourlyUsd = [] } = told.get(size) ?? {};
      const why = problemOf(told.get(size));
      if (why === undefined) taken[size] = { vcpu, memoryMiB, hourlyUsd: hourlyUsd[0] ?? 0, source, date };
      // A size that a region does not have is no problem, unless a host is to have it.
      else if (told.has(size) || this.parts.sizes.includes(size)) refused.push({ size, why });
    }
    const path = await this.#path(region);
    const before = await readPrices(path).catch((error: unknown): ReadPrices => {
      if (error instanceof UserError) return {}; // no price book: it is written anew
      throw error;
    });
    await writePrices(path, { ...before, ...taken });
    this.#read.delete(region);
    return { region, sizes: Object.keys(taken), refused };
  }

  #nameOf(region: string): string {
    const name = this.parts.nameOf?.(region) ?? region;
    if (/^[a-z][a-z0-9-]*$/.test(name)) return name;
    throw unknownRegion(this.parts, region);
  }

  #prices(region: string): Promise<ReadPrices> {
    const known = this.#read.get(region) ?? this.#path(region).then(readPrices);
    this.#read.set(region, known);
    return known;
  }

  /** One file for each region, so that two refreshes at once take nothing from each other. */
  async #path(region: string): Promise<string> {
    return join(await this.parts.stateDir(), 'prices', this.parts.name, `${region}.json`);
  }
}

const unknownRegion = ({ name, bundled }: PriceBookParts, region: string): UserError =>
  new UserError(`${name} has no region "${region}", or no size of the fleet there.`, {
    code: 'NO_REGION',
    hint: `Such as ${Object.keys(Object.values(bundled.sizes)[0]?.hourlyUsd ?? {})[0]}.`,
  });

/** What speaks against a price; undefined for nothing. */
function problemOf(told: ToldPrice | undefined): string | undefined {
  if (!told) return 'the region does not have it';
  const { vcpu, memoryMiB, hourlyUsd, unfit } = told;
  if (unfit !== undefined) return unfit;
  if (!(vcpu !== undefined && vcpu > 0 && memoryMiB !== undefined && memoryMiB > 0))
    return 'its processors or its memory are not told';
  const distinct = [...new Set(hourlyUsd)];
  if (distinct.length === 0) return 'it has no price';
  if (distinct.length > 1) return `it has several prices: ${distinct.join(', ')}`;
  return Number.isFinite(distinct[0]) && (distinct[0] ?? 0) > 0 ? undefined : `its price is ${distinct[0]}`;
}
