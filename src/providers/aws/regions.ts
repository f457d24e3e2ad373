import type { Listing } from '../contracts/provider-io.js';
import type { HostWish } from '../contracts/setup.js';
import { listPlaces } from '../listing.js';
import type { AwsSdk } from './sdk.js';

/** The regions that a fleet uses: that of each host of the file, and the default one. */
export class Regions {
  readonly #sdk: AwsSdk;
  readonly #hosts: Readonly<Record<string, HostWish>>;

  constructor(sdk: AwsSdk, hosts: Readonly<Record<string, HostWish>>) {
    this.#sdk = sdk;
    this.#hosts = hosts;
  }

  /** Region of a host of the fleet file. */
  async of(host: string): Promise<string> {
    return this.#hosts[host]?.region ?? (await this.#sdk.region());
  }

  async all(): Promise<string[]> {
    const named = Object.values(this.#hosts).map((host) => host.region);
    const own = named.length === 0 || named.includes(undefined) ? [await this.#sdk.region()] : [];
    return [...new Set([...own, ...named.filter((region) => region !== undefined)])].sort();
  }

  /**
   * What each region lists. A region that fails is named; when all do, or the login is missing, the error is raised.
   */
  async list<T>(look: (region: string) => Promise<T[]>): Promise<Listing<T>> {
    return listPlaces(await this.all(), look);
  }
}
