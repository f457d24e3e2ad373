import { usableAgent } from '../contracts/http-proxy.js';
import { UserError } from '../../core/errors.js';
import type { Provider } from '../contracts/provider.js';
import type { ProviderSetup } from '../contracts/setup.js';
import { PriceBook } from '../prices/price-book.js';
import { sizesOf } from '../prices/sizes.js';
import { AzureAddresses } from './addresses.js';
import { AZURE_BOOK } from './book.js';
import { AzureCalls } from './calls.js';
import { Ground } from './ground.js';
import { AzureImages } from './images.js';
import { AzureInstances } from './instances.js';
import { Interfaces } from './interfaces.js';
import { Locations } from './locations.js';
import { AzureNetworks } from './networks.js';
import { programName } from './names.js';
import { retailPrices } from './retail-prices.js';
import { AzureSdk, type AzureConfig } from './sdk.js';

/** The provider of Azure: machines, network security groups, public addresses, images. */
export function azureProvider({
  config,
  hosts,
  clock,
  stateDir,
  deadlines,
  signal,
  agent,
}: ProviderSetup<AzureConfig>): Provider {
  if (!config) {
    throw new UserError('The fleet file does not say which subscription of Azure to use.', {
      where: 'providers.azure',
      hint: 'Add `azure: { subscription: ..., location: ... }` below `providers`.',
    });
  }
  const calls = new AzureCalls(config, new AzureSdk(config, { deadlines, signal, agent: usableAgent(agent) }), clock);
  const locations = new Locations(config, hosts);
  const ground = new Ground(calls);
  const interfaces = new Interfaces(calls, ground);
  const images = new AzureImages(calls, locations);
  return {
    name: 'azure',
    scope: () => Promise.resolve(`${config.subscription} ${locations.own}`),
    instances: new AzureInstances({ calls, ground, interfaces, images, locations }),
    networks: new AzureNetworks(calls, ground, locations),
    addresses: new AzureAddresses(calls, ground, interfaces, locations),
    images,
    pricing: new PriceBook({
      name: 'azure',
      bundled: AZURE_BOOK,
      region: () => Promise.resolve(locations.own),
      regions: () => Promise.resolve(locations.all()),
      sizes: sizesOf(hosts),
      stateDir,
      clock,
      source: 'Azure Retail Prices, pay as you go',
      nameOf: programName,
      read: (region, sizes, { signal }) => retailPrices(calls, region, sizes, signal),
    }),
    shared: ground,
  };
}
