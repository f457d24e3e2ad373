import { usableAgent } from '../contracts/http-proxy.js';
import { UserError } from '../../core/errors.js';
import { systemClock } from '../../core/clock.js';
import type { Provider } from '../contracts/provider.js';
import type { ProviderSetup } from '../contracts/setup.js';
import { PriceBook } from '../prices/price-book.js';
import { sizesOf } from '../prices/sizes.js';
import { GcpAddresses } from './addresses.js';
import { GCP_BOOK } from './book.js';
import { catalogPrices } from './catalog-prices.js';
import { GcpCalls } from './calls.js';
import { GcpImages } from './images.js';
import { GcpInstances } from './instances.js';
import { GcpNetworks } from './networks.js';
import { GcpSdk, type GcpConfig } from './sdk.js';
import { regionOf, regionsOf, zonesOf } from './zones.js';

/** The provider of Compute Engine: machines, firewall rules, static addresses, images. */
export function gcpProvider({
  config,
  hosts,
  clock = systemClock,
  stateDir,
  deadlines,
  signal,
  agent,
}: ProviderSetup<GcpConfig>): Provider {
  if (!config) {
    throw new UserError('The fleet file does not say which project of Google Cloud to use.', {
      where: 'providers.gcp',
      hint: 'Add `gcp: { project: ..., zone: ... }` below `providers`.',
    });
  }
  const calls = new GcpCalls(config, new GcpSdk(config, { deadlines, signal, agent: usableAgent(agent) }), clock);
  const images = new GcpImages(calls);
  return {
    name: 'gcp',
    scope: () => Promise.resolve(`${config.project} ${config.zone}`),
    instances: new GcpInstances(calls, images, hosts),
    networks: new GcpNetworks(calls),
    addresses: new GcpAddresses(calls, hosts),
    images,
    pricing: new PriceBook({
      name: 'gcp',
      bundled: GCP_BOOK,
      region: () => Promise.resolve(regionOf(config.zone)),
      regions: () => Promise.resolve(regionsOf(config, hosts)),
      sizes: sizesOf(hosts),
      stateDir,
      clock,
      source: 'Cloud Billing Catalog, on demand',
      read: (region, sizes, io) =>
        catalogPrices(
          calls,
          region,
          zonesOf(config, hosts).find((zone) => regionOf(zone) === region) ?? `${region}-b`,
          sizes,
          io,
        ),
    }),
  };
}
