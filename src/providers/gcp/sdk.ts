import type * as Compute from '@google-cloud/compute';
import { ProviderError } from '../contracts/errors.js';
import { LOGIN_HINT } from './errors.js';

/** `providers.gcp` of the fleet file. */
export interface GcpConfig {
  project: string;
  zone: string;
  network?: string;
  /** Address of the Compute Engine API. */
  endpoint?: string;
}

/** The clients of Compute Engine that fanops uses. */
export interface GcpClients {
  instances: Compute.InstancesClient;
  firewalls: Compute.FirewallsClient;
  addresses: Compute.AddressesClient;
  images: Compute.ImagesClient;
  zoneOperations: Compute.ZoneOperationsClient;
  regionOperations: Compute.RegionOperationsClient;
  globalOperations: Compute.GlobalOperationsClient;
}

/** Clients that share one login. The SDK is loaded at the first call. */
export class GcpSdk {
  readonly #config: GcpConfig;
  #clients?: Promise<GcpClients>;

  constructor(config: GcpConfig) {
    this.#config = config;
  }

  /** @throws ProviderError, code NOT_LOGGED_IN, without application default credentials. */
  clients(): Promise<GcpClients> {
    return (this.#clients ??= this.#make().catch((error: unknown) => {
      this.#clients = undefined;
      throw error;
    }));
  }

  /** A client without credentials fails outside of every promise and ends the process, so the login is awaited before any is made. */
  async #make(): Promise<GcpClients> {
    const [compute, { GoogleAuth }] = await Promise.all([import('@google-cloud/compute'), import('google-auth-library')]);
    const auth = new GoogleAuth({ projectId: this.#config.project });
    // A service account signs its own token for the scope: nobody is asked for one.
    Object.assign(auth, { defaultScopes: ['https://www.googleapis.com/auth/compute'], useJWTAccessWithScope: true });
    try {
      await auth.getClient();
    } catch (error) {
      throw new ProviderError('There is no login to Google Cloud.', { provider: 'gcp', code: 'NOT_LOGGED_IN', hint: LOGIN_HINT, cause: error });
    }
    const { endpoint } = this.#config;
    const url = endpoint === undefined ? undefined : new URL(endpoint);
    const options = {
      auth, projectId: this.#config.project, fallback: true as const,
      ...(url ? { apiEndpoint: url.hostname, port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)), protocol: url.protocol.slice(0, -1) } : {}),
    } as ConstructorParameters<typeof compute.InstancesClient>[0];
    return {
      instances: new compute.InstancesClient(options), firewalls: new compute.FirewallsClient(options), addresses: new compute.AddressesClient(options),
      images: new compute.ImagesClient(options), zoneOperations: new compute.ZoneOperationsClient(options),
      regionOperations: new compute.RegionOperationsClient(options), globalOperations: new compute.GlobalOperationsClient(options),
    };
  }
}
