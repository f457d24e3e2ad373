import type { ComputeManagementClient } from '@azure/arm-compute';
import type { NetworkManagementClient } from '@azure/arm-network';
import type { ResourceManagementClient } from '@azure/arm-resources';
import { DEADLINES, type Deadlines } from '../contracts/deadlines.js';
import type { HttpAgent } from '../contracts/http-proxy.js';
import { boundRequests } from './deadlines.js';
import { watchOperations, type OperationAnswer } from './operation-answers.js';
import { keepLogin } from './own-hosts.js';
import { throughAgent } from './through-agent.js';

/** `providers.azure` of the fleet file. */
export interface AzureConfig {
  /** Subscription id. */
  subscription: string;
  /** Region of new hosts. */
  location: string;
  /** Default: fanops-FLEET. */
  resourceGroup?: string;
  /** Address of the Resource Manager, https. */
  endpoint?: string;
  /** Address of the Retail Prices API. */
  pricingEndpoint?: string;
}

/** The clients of the Resource Manager that fanops uses. */
export interface AzureClients {
  compute: ComputeManagementClient;
  network: NetworkManagementClient;
  resources: ResourceManagementClient;
}

/**
 * A long-running operation as the SDK follows it. It can be awaited, so it is never returned by itself from an async
 * function.
 */
export interface Poller {
  readonly isDone: boolean;
  submitted(): Promise<void>;
  serialize(): Promise<string>;
  poll(options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** Clients that share one login. The SDK is loaded at the first call. */
export class AzureSdk {
  /** What operations last answered, by the path of their URL: the SDK drops their error codes. */
  readonly answers = new Map<string, OperationAnswer>();
  readonly #config: AzureConfig;
  readonly #deadlines: Deadlines;
  /** Aborted when the user stops. */
  readonly signal?: AbortSignal;
  readonly #agent?: HttpAgent;
  #clients?: Promise<AzureClients>;

  constructor(
    config: AzureConfig,
    { deadlines = DEADLINES, signal, agent }: { deadlines?: Deadlines; signal?: AbortSignal; agent?: HttpAgent } = {},
  ) {
    this.#config = config;
    this.#deadlines = deadlines;
    this.signal = signal;
    this.#agent = agent;
  }

  clients(): Promise<AzureClients> {
    return (this.#clients ??= this.#make());
  }

  /** Goes on with an operation from the state of another poller. @throws when the SDK does not know the state. */
  async restore(service: keyof AzureClients, state: string): Promise<{ poller: Poller }> {
    const { compute, network, resources } = await this.clients();
    if (service === 'compute')
      return {
        poller: (await import('./clients.js')).restoreComputePoller(compute, state, compute.virtualMachines.start),
      };
    if (service === 'network')
      return {
        poller: (await import('./clients.js')).restoreNetworkPoller(network, state, network.networkInterfaces.delete),
      };
    return {
      poller: (await import('./clients.js')).restoreResourcePoller(resources, state, resources.resourceGroups.delete),
    };
  }

  async #make(): Promise<AzureClients> {
    const { DefaultAzureCredential, ComputeManagementClient, NetworkManagementClient, ResourceManagementClient } =
      await import('./clients.js');
    const credential = new DefaultAzureCredential({
      processTimeoutInMs: this.#deadlines.requestMs,
      ...throughAgent(this.#agent),
    });
    const { subscription, endpoint } = this.#config;
    // Calls are repeated by ours, which obey the signal, tell what they wait for and know what may be repeated.
    const options = {
      ...(endpoint ? { endpoint: endpoint.replace(/\/$/, '') } : {}),
      retryOptions: { maxRetries: 0 },
      ...throughAgent(this.#agent),
    };
    const clients = {
      compute: new ComputeManagementClient(credential, subscription, options),
      network: new NetworkManagementClient(credential, subscription, options),
      resources: new ResourceManagementClient(credential, subscription, options),
    };
    for (const { pipeline } of Object.values(clients)) {
      pipeline.addPolicy(watchOperations(this.answers));
      pipeline.addPolicy(boundRequests(this.#deadlines, this.signal));
      pipeline.addPolicy(keepLogin(endpoint), { afterPhase: 'Sign' });
    }
    return clients;
  }
}
