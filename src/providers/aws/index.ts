import type { Provider } from '../contracts/provider.js';
import type { ProviderSetup } from '../contracts/setup.js';
import { priceBook } from '../prices/price-book.js';
import { AwsAddresses } from './addresses.js';
import { calling } from './errors.js';
import { AwsImages } from './images.js';
import { AwsInstances } from './instances.js';
import { AwsNetworks } from './networks.js';
import { Regions } from './regions.js';
import { AwsSdk, type AwsConfig } from './sdk.js';

/** The provider of EC2: machines, security groups, Elastic IPs, images. */
export function awsProvider({ config = {}, hosts, clock }: ProviderSetup<AwsConfig>): Provider {
  const sdk = new AwsSdk(config);
  const regions = new Regions(sdk, hosts);
  const images = new AwsImages(sdk);
  const instances = new AwsInstances({ sdk, regions, images, config, clock });
  return {
    name: 'aws',
    scope: async () => `${config.profile ?? 'default'} ${(await calling('finding the region', () => regions.all())).join(', ')}`,
    instances,
    networks: new AwsNetworks(sdk, regions, config, clock),
    addresses: new AwsAddresses(sdk, regions, instances),
    images,
    pricing: priceBook('aws', () => sdk.region()),
    shared: instances.shared,
  };
}
