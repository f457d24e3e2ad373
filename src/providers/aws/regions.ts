import { messageOf } from '../../core/errors.js';
import type { Listing } from '../contracts/instances.js';
import type { HostWish } from '../contracts/setup.js';
import { ProviderError } from '../contracts/errors.js';
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

  /** What each region lists. A region that fails is named; when all do, or the login is missing, the error is raised. */
  async list<T>(look: (region: string) => Promise<T[]>): Promise<Listing<T>> {
    const regions = await this.all();
    const looked = await Promise.allSettled(regions.map(look));
    const items = looked.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const refused = looked.flatMap((result, index) => (result.status === 'rejected' ? [{ where: regions[index] ?? '', error: result.reason as unknown }] : []));
    const [first] = refused;
    const login = refused.find(({ error }) => error instanceof ProviderError && error.code === 'NOT_LOGGED_IN');
    if (login) throw login.error;
    if (first && refused.length === regions.length) throw first.error;
    return { items, failed: refused.map(({ where, error }) => ({ where, message: messageOf(error) })) };
  }
}
