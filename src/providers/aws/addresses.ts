import type { Address } from '@aws-sdk/client-ec2';
import type { AddressProvider, PublicAddress } from '../contracts/addresses.js';
import { ProviderError } from '../contracts/errors.js';
import type { InstanceProvider, Listing } from '../contracts/instances.js';
import { ownerOf, tagsOf, type Ownership } from '../contracts/ownership.js';
import { calling, kindOf, providerError } from './errors.js';
import type { Regions } from './regions.js';
import type { AwsSdk } from './sdk.js';
import { owned, recordOf, specifications } from './tags.js';

/** Elastic IPs. */
export class AwsAddresses implements AddressProvider {
  constructor(private readonly sdk: AwsSdk, private readonly regions: Regions, private readonly instances: InstanceProvider) {}

  list(fleet: string): Promise<Listing<PublicAddress>> {
    return this.regions.list(async (region) => (await this.#addresses(region, fleet)).map(addressOf));
  }

  async allocate(owner: Ownership): Promise<PublicAddress> {
    const region = await this.regions.of(owner.host);
    const [present] = await this.#addresses(region, owner.fleet, owner.host);
    if (present) return addressOf(present);
    const [{ AllocateAddressCommand }, client] = await Promise.all([import('@aws-sdk/client-ec2'), this.sdk.ec2(region, true)]);
    try {
      await client.send(new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: specifications(['elastic-ip'], tagsOf(owner)) }));
    } catch (error) {
      // EC2 takes no token here: after a lost answer the address is looked up by its tags.
      if (kindOf(error) !== 'PROVIDER_DOWN') throw providerError(error, `taking an address for ${owner.host}`);
    }
    const [made] = await this.#addresses(region, owner.fleet, owner.host);
    if (made) return addressOf(made);
    throw new ProviderError(`AWS gave no address for ${owner.host}.`, { provider: 'aws', code: 'PROVIDER_DOWN', hint: 'Try again.' });
  }

  async associate(addressId: string, fleet: string, host: string, options: { takeOver?: boolean } = {}): Promise<PublicAddress> {
    const region = await this.regions.of(host);
    const [{ AssociateAddressCommand, DescribeAddressesCommand }, client] = await Promise.all([import('@aws-sdk/client-ec2'), this.sdk.ec2(region)]);
    const machine = await this.instances.find(fleet, host);
    if (!machine) throw new ProviderError(`AWS has no machine ${host} of ${fleet}.`, { provider: 'aws', code: 'NOT_FOUND' });
    const command = new AssociateAddressCommand({ AllocationId: addressId, InstanceId: machine.id, AllowReassociation: options.takeOver === true });
    await calling(`giving ${addressId} to ${host}`, () => client.send(command));
    const { Addresses: [address] = [] } = await calling(`looking at ${addressId}`, () => client.send(new DescribeAddressesCommand({ AllocationIds: [addressId] })));
    return addressOf(address ?? {});
  }

  async release(fleet: string, host: string): Promise<void> {
    const region = await this.regions.of(host);
    const [{ DisassociateAddressCommand, ReleaseAddressCommand }, client] = await Promise.all([import('@aws-sdk/client-ec2'), this.sdk.ec2(region)]);
    for (const { AllocationId, AssociationId } of await this.#addresses(region, fleet, host)) {
      if (AssociationId) await calling(`taking the address from ${host}`, () => client.send(new DisassociateAddressCommand({ AssociationId })));
      await calling(`giving back the address of ${host}`, () => client.send(new ReleaseAddressCommand({ AllocationId })));
    }
  }

  async #addresses(region: string, fleet: string, host?: string): Promise<Address[]> {
    const [{ DescribeAddressesCommand }, client] = await Promise.all([import('@aws-sdk/client-ec2'), this.sdk.ec2(region)]);
    return (await calling(`listing addresses in ${region}`, () => client.send(new DescribeAddressesCommand({ Filters: owned(fleet, host) })))).Addresses ?? [];
  }
}

const addressOf = ({ AllocationId = '', PublicIp = '', InstanceId, Tags }: Address): PublicAddress => ({
  id: AllocationId, address: PublicIp, owner: ownerOf(recordOf(Tags)), ...(InstanceId ? { heldBy: InstanceId } : {}),
});
