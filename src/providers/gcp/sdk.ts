import type * as Compute from '@google-cloud/compute';
import type { GoogleAuth } from 'google-auth-library';
import { ProviderError } from '../contracts/errors.js';
import { DEADLINES, type Deadlines } from '../contracts/deadlines.js';
import type { HttpAgent } from '../contracts/http-proxy.js';
import { boundCalls, boundLogin } from './deadlines.js';
import { LOGIN_HINT } from './errors.js';

/** `providers.gcp` of the fleet file. */
export interface GcpConfig {
  project: string;
  zone: string;
  network?: string;
  /** Address of the Compute Engine API. */
  endpoint?: string;
  /** Address of the Cloud Billing API. */
  pricingEndpoint?: string;
}

/** The clients of Compute Engine that fanops uses. */
export interface GcpClients {
  instances: Compute.InstancesClient;
  firewalls: Compute.FirewallsClient;
  addresses: Compute.AddressesClient;
  images: Compute.ImagesClient;
  machineTypes: Compute.MachineTypesClient;
  zoneOperations: Compute.ZoneOperationsClient;
  regionOperations: Compute.RegionOperationsClient;
  globalOperations: Compute.GlobalOperationsClient;
}

/** Clients that share one login. The SDK is loaded at the first call. */
export class GcpSdk {
  readonly #config: GcpConfig;
  readonly #deadlines: Deadlines;
  /** Aborted when the user stops. */
  readonly signal?: AbortSignal;
  readonly #agent?: HttpAgent;
  #clients?: Promise<GcpClients>;

  constructor(
    config: GcpConfig,
    { deadlines = DEADLINES, signal, agent }: { deadlines?: Deadlines; signal?: AbortSignal; agent?: HttpAgent } = {},
  ) {
    this.#config = config;
    this.#deadlines = deadlines;
    this.signal = signal;
    this.#agent = agent;
  }

  /** @throws ProviderError, code NOT_LOGGED_IN, without application default credentials. */
  clients(): Promise<GcpClients> {
    return (this.#clients ??= this.#make().catch((error: unknown) => {
      this.#clients = undefined;
      throw error;
    }));
  }

  /**
   * The headers that carry the login to another API of Google Cloud, with the project that a person's login is billed
   * to. @throws ProviderError, code NOT_LOGGED_IN, without application default credentials.
   */
  async headers(scope: string): Promise<Record<string, string>> {
    const auth = await this.#login(scope);
    try {
      return Object.fromEntries(await boundLogin(() => auth.getRequestHeaders(), this.#deadlines, this.signal));
    } catch (error) {
      throw notLoggedIn(error);
    }
  }

  async #login(scope: string): Promise<GoogleAuth> {
    const auth = new (await import('./clients.js')).GoogleAuth({
      projectId: this.#config.project,
      ...(this.#agent ? { clientOptions: { transporterOptions: { agent: this.#agent } } } : {}),
    });
    // A service account signs its own token for the scope: nobody is asked for one.
    Object.assign(auth, { defaultScopes: [scope], useJWTAccessWithScope: true });
    try {
      const client = await boundLogin(() => auth.getClient(), this.#deadlines, this.signal);
      // The clients of Compute Engine name agents of their own with each request.
      const agent = this.#agent;
      if (agent)
        client.transporter.interceptors.request.add({
          resolved: (options) => Promise.resolve(Object.assign(options, { agent })),
        });
    } catch (error) {
      throw notLoggedIn(error);
    }
    return auth;
  }

  /**
   * A client without credentials fails outside of every promise and ends the process, so the login is awaited before
   * any is made.
   */
  async #make(): Promise<GcpClients> {
    const [compute, auth] = await Promise.all([
      import('./clients.js'),
      this.#login('https://www.googleapis.com/auth/compute'),
    ]);
    const { endpoint } = this.#config;
    const url = endpoint === undefined ? undefined : new URL(endpoint);
    const options = {
      auth,
      projectId: this.#config.project,
      fallback: true as const,
      ...(url
        ? {
            apiEndpoint: url.hostname,
            port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)),
            protocol: url.protocol.slice(0, -1),
          }
        : {}),
    } as ConstructorParameters<typeof compute.InstancesClient>[0];
    const once = <T extends object>(make: () => T): (() => T) => {
      let made: T | undefined;
      return () => (made ??= boundCalls(make(), this.#deadlines, this.signal));
    };
    const [instances, firewalls, addresses, images, machineTypes, zoneOperations, regionOperations, globalOperations] =
      [
        once(() => new compute.InstancesClient(options)),
        once(() => new compute.FirewallsClient(options)),
        once(() => new compute.AddressesClient(options)),
        once(() => new compute.ImagesClient(options)),
        once(() => new compute.MachineTypesClient(options)),
        once(() => new compute.ZoneOperationsClient(options)),
        once(() => new compute.RegionOperationsClient(options)),
        once(() => new compute.GlobalOperationsClient(options)),
      ];
    // Each client reads the description of the whole API: only those that are used are made.
    return {
      get instances() {
        return instances();
      },
      get firewalls() {
        return firewalls();
      },
      get addresses() {
        return addresses();
      },
      get images() {
        return images();
      },
      get machineTypes() {
        return machineTypes();
      },
      get zoneOperations() {
        return zoneOperations();
      },
      get regionOperations() {
        return regionOperations();
      },
      get globalOperations() {
        return globalOperations();
      },
    };
  }
}

const notLoggedIn = (cause: unknown): ProviderError =>
  new ProviderError('There is no login to Google Cloud.', {
    provider: 'gcp',
    code: 'NOT_LOGGED_IN',
    hint: LOGIN_HINT,
    cause,
  });
