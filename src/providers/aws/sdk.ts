import type { EC2Client } from '@aws-sdk/client-ec2';
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { Clock } from '../../core/clock.js';
import { DEADLINES, type Deadlines } from '../contracts/deadlines.js';
import type { HttpAgent } from '../contracts/http-proxy.js';
import { boundCalls, handlerOptions, refuseNonsense } from './deadlines.js';
import { waitOutThrottling } from './patience.js';

type Credentials = NonNullable<ConstructorParameters<typeof EC2Client>[0]>['credentials'];

/** The Price List API is in few regions: https://docs.aws.amazon.com/general/latest/gr/billing.html */
const PRICING_REGION = 'us-east-1';

/** `providers.aws` of the fleet file. */
export interface AwsConfig {
  region?: string;
  profile?: string;
  /** ARN of a role to assume with the credentials of the profile. */
  role?: string;
  /** Subnet of new hosts. */
  subnet?: string;
  /** Address of the EC2 API. */
  endpoint?: string;
  /** Address of the Price List API. */
  pricingEndpoint?: string;
}

/** Clients by region. The SDK is loaded with the first one; it resolves profiles, SSO, roles and regions by itself. */
export class AwsSdk {
  readonly #config: AwsConfig;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #signal?: AbortSignal;
  readonly #agent?: HttpAgent;
  readonly #clients = new Map<string, Promise<EC2Client>>();
  #region?: Promise<string>;

  constructor(
    config: AwsConfig,
    clock: Clock,
    { deadlines = DEADLINES, signal, agent }: { deadlines?: Deadlines; signal?: AbortSignal; agent?: HttpAgent } = {},
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#signal = signal;
    this.#agent = agent;
  }

  /** The region of hosts that name none. */
  region(): Promise<string> {
    return (this.#region ??= this.#findRegion());
  }

  /**
   * The client of a region. `once` is one whose calls are never repeated by the SDK: for calls that make something,
   * where a lost answer
   * must be looked into first. Any other waits while AWS throttles it.
   */
  ec2(region: string, once = false): Promise<EC2Client> {
    const key = `${region} ${once}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const made = this.#make(region, once);
    this.#clients.set(key, made);
    return made;
  }

  /** The client of the Price List, which answers for all regions in one. */
  async pricing(): Promise<PricingClient> {
    const { PricingClient } = await import('./clients.js');
    const client = new PricingClient({
      region: PRICING_REGION,
      endpoint: this.#config.pricingEndpoint,
      credentials: await this.#credentials(PRICING_REGION),
      maxAttempts: 5,
      ...handlerOptions(this.#deadlines, this.#agent),
    });
    boundCalls(client, this.#deadlines, this.#signal);
    return client;
  }

  async #make(region: string, once: boolean): Promise<EC2Client> {
    const { EC2Client } = await import('./clients.js');
    const client = new EC2Client({
      region,
      endpoint: this.#config.endpoint,
      credentials: await this.#credentials(region),
      maxAttempts: once ? 1 : 5,
      retryMode: 'standard',
      ...handlerOptions(this.#deadlines, this.#agent),
    });
    boundCalls(client, this.#deadlines, this.#signal);
    refuseNonsense(client);
    if (!once) waitOutThrottling(client, this.#clock);
    return client;
  }

  async #credentials(region: string): Promise<Credentials> {
    const { profile, role } = this.#config;
    const { fromNodeProviderChain, fromTemporaryCredentials } = await import('./clients.js');
    const handler = this.#agent ? handlerOptions(this.#deadlines, this.#agent) : {};
    const own = fromNodeProviderChain({ profile, clientConfig: handler });
    return role
      ? fromTemporaryCredentials({
          masterCredentials: own,
          params: { RoleArn: role, RoleSessionName: 'fanops' },
          clientConfig: { region, ...handler },
        })
      : own;
  }

  async #findRegion(): Promise<string> {
    if (this.#config.region) return this.#config.region;
    const { EC2Client } = await import('./clients.js');
    return new EC2Client({ profile: this.#config.profile }).config.region();
  }
}
