import { usableAgent } from '../contracts/http-proxy.js';
import type { Provider } from '../contracts/provider.js';
import type { ProviderSetup } from '../contracts/setup.js';
import { PriceBook } from '../prices/price-book.js';
import { sizesOf } from '../prices/sizes.js';
import { AwsAddresses } from './addresses.js';
import { AWS_BOOK } from './book.js';
import { calling } from './errors.js';
import { AwsImages } from './images.js';
import { AwsInstances } from './instances.js';
import { typesOf } from './instance-types.js';
import { AwsNetworks } from './networks.js';
import { hourlyPrices } from './price-list.js';
import { Regions } from './regions.js';
import { AwsSdk, type AwsConfig } from './sdk.js';

/** The provider of EC2: machines, security groups, Elastic IPs, images. */
export function awsProvider({
  config = {},
  hosts,
  clock,
  stateDir,
  deadlines,
  signal,
  agent,
}: ProviderSetup<AwsConfig>): Provider {
  const sdk = new AwsSdk(config, clock, { deadlines, signal, agent: usableAgent(agent) });
  const regions = new Regions(sdk, hosts);
  const images = new AwsImages(sdk);
  const instances = new AwsInstances({ sdk, regions, images, config, clock });
  return {
    name: 'aws',
    scope: async () =>
      `${config.profile ?? 'default'} ${(await calling('finding the region', () => regions.all())).join(', ')}`,
    instances,
    networks: new AwsNetworks(sdk, regions, config, clock),
    addresses: new AwsAddresses(sdk, regions, instances, clock),
    images,
    pricing: new PriceBook({
      name: 'aws',
      bundled: AWS_BOOK,
      region: () => sdk.region(),
      regions: () => regions.all(),
      sizes: sizesOf(hosts),
      stateDir,
      clock,
      source: 'AWS Price List, on demand',
      read: async (region, sizes, { signal }) =>
        Promise.all(
          (await typesOf(sdk, region, sizes, signal)).map(async (facts) => ({
            ...facts,
            hourlyUsd: await hourlyPrices(sdk, region, facts.size, clock.now(), signal),
          })),
        ),
    }),
    shared: instances.shared,
  };
}
