import type { Address } from '@aws-sdk/client-ec2';
import type { Clock } from '../../core/clock.js';
import type { AddressProvider, PublicAddress } from '../contracts/addresses.js';
import { ProviderError } from '../contracts/errors.js';
import type { InstanceProvider } from '../contracts/instances.js';
import { notOurs } from '../contracts/not-ours.js';
import type { Listing } from '../contracts/provider-io.js';
import { ownerOf, tagsOf, type Ownership } from '../contracts/ownership.js';
import { calling, codeOf, kindOf, providerError, unlessGone } from './errors.js';
import { throttled, whilePassing } from './patience.js';
import type { Regions } from './regions.js';
import type { AwsSdk } from './sdk.js';
import { AWS, owned, recordOf, specifications } from './tags.js';

/** How long an address that was just taken may be unknown to other calls. */
const SEEN_MS = 30_000;

/** Elastic IPs. */
export class AwsAddresses implements AddressProvider {
  constructor(
    private readonly sdk: AwsSdk,
    private readonly regions: Regions,
    private readonly instances: InstanceProvider,
    private readonly clock: Clock,
  ) {}

  list(fleet: string): Promise<Listing<PublicAddress>> {
    return this.regions.list(async (region) => (await this.#addresses(region, fleet)).map(addressOf));
  }

  async allocate(owner: Ownership): Promise<PublicAddress> {
    const region = await this.regions.of(owner.host);
    const [present] = await this.#addresses(region, owner.fleet, owner.host);
    if (present) return addressOf(present);
    const [{ AllocateAddressCommand }, client] = await Promise.all([
      import('./clients.js'),
      this.sdk.ec2(region, true),
    ]);
    const command = new AllocateAddressCommand({
      Domain: 'vpc',
      TagSpecifications: specifications(['elastic-ip'], tagsOf(owner)),
    });
    try {
      const { AllocationId: id = '', PublicIp: address = '' } = await whilePassing(
        { clock: this.clock, what: 'to give an address' },
        throttled,
        () => client.send(command),
      );
      return { id, address, owner };
    } catch (error) {
      // EC2 takes no token here: after a lost answer the address is looked up by its tags.
      if (kindOf(error) !== 'PROVIDER_DOWN') throw providerError(error, `taking an address for ${owner.host}`);
    }
    const notYet = (error: unknown): string | undefined =>
      error instanceof ProviderError && error.original === 'none' ? 'no address is listed yet' : undefined;
    return whilePassing(
      { clock: this.clock, what: `to list the address of ${owner.host}`, timeoutMs: SEEN_MS },
      notYet,
      async () => {
        const [made] = await this.#addresses(region, owner.fleet, owner.host);
        if (made) return addressOf(made);
        throw new ProviderError(`AWS gave no address for ${owner.host}.`, {
          provider: 'aws',
          code: 'PROVIDER_DOWN',
          original: 'none',
          hint: 'Try again.',
        });
      },
    );
  }

  async associate(
    addressId: string,
    fleet: string,
    host: string,
    options: { takeOver?: boolean } = {},
  ): Promise<PublicAddress> {
    const region = await this.regions.of(host);
    const [{ AssociateAddressCommand, DescribeAddressesCommand }, client] = await Promise.all([
      import('./clients.js'),
      this.sdk.ec2(region),
    ]);
    await this.#requireOwn(region, fleet, host, addressId, options.takeOver === true);
    const machine = await this.instances.find(fleet, host);
    if (!machine)
      throw new ProviderError(`AWS has no machine ${host} of ${fleet}.`, { provider: 'aws', code: 'NOT_FOUND' });
    const command = new AssociateAddressCommand({
      AllocationId: addressId,
      InstanceId: machine.id,
      AllowReassociation: options.takeOver === true,
    });
    const look = async (): Promise<PublicAddress> => {
      const { Addresses: [address] = [] } = await client.send(
        new DescribeAddressesCommand({ AllocationIds: [addressId] }),
      );
      return addressOf(address ?? {});
    };
    const give = async (): Promise<void> => {
      try {
        await client.send(command);
      } catch (error) {
        // An answer before this one may have been lost.
        const held = codeOf(error) === 'Resource.AlreadyAssociated' && (await look()).heldBy === machine.id;
        if (!held) throw error;
      }
    };
    const patience = { clock: this.clock, what: `to know ${addressId}`, timeoutMs: SEEN_MS };
    await calling(`giving ${addressId} to ${host}`, () => whilePassing(patience, unknownYet, give));
    return calling(`looking at ${addressId}`, () => whilePassing(patience, unknownYet, look));
  }

  async release(fleet: string, host: string): Promise<void> {
    const region = await this.regions.of(host);
    const [{ DisassociateAddressCommand, ReleaseAddressCommand }, client] = await Promise.all([
      import('./clients.js'),
      this.sdk.ec2(region),
    ]);
    const held = await this.#addresses(region, fleet, host);
    for (const address of held) await this.#requireOwnHolder(address, fleet, host);
    for (const { AllocationId, AssociationId } of held) {
      if (AssociationId)
        await calling(`taking the address from ${host}`, () =>
          unlessGone(() => client.send(new DisassociateAddressCommand({ AssociationId }))),
        );
      const giveBack = (): Promise<void> => unlessGone(() => client.send(new ReleaseAddressCommand({ AllocationId })));
      await calling(`giving back the address of ${host}`, () =>
        whilePassing({ clock: this.clock, what: `to let the address of ${host} go` }, inUseStill, giveBack),
      );
    }
  }

  /** @throws ProviderError when the address is not one of the fleet, or `takeOver` would take it from what is not */
  async #requireOwn(region: string, fleet: string, host: string, id: string, takeOver: boolean): Promise<void> {
    const [{ DescribeAddressesCommand }, client] = await Promise.all([import('./clients.js'), this.sdk.ec2(region)]);
    const look = (): Promise<Address | undefined> =>
      client.send(new DescribeAddressesCommand({ AllocationIds: [id] })).then(({ Addresses }) => Addresses?.[0]);
    const address = await calling(`looking at ${id}`, () =>
      whilePassing({ clock: this.clock, what: `to know ${id}`, timeoutMs: SEEN_MS }, unknownYet, look),
    );
    if (!address || ownerOf(recordOf(address.Tags))?.fleet !== fleet)
      throw notOurs(AWS, 'public address', id, { fleet, host }, 'Give the host an address of the fleet.');
    if (takeOver) await this.#requireOwnHolder(address, fleet, host);
  }

  /**
   * @throws ProviderError when what holds the address is no machine of the fleet, such as a NAT gateway or a machine
   * made by hand
   */
  async #requireOwnHolder(
    { AssociationId, InstanceId, NetworkInterfaceId, PublicIp = '' }: Address,
    fleet: string,
    host: string,
  ): Promise<void> {
    if (!AssociationId) return;
    const { items, failed } = await this.instances.list(fleet);
    if (InstanceId && items.some(({ id }) => id === InstanceId)) return;
    if (failed[0])
      throw new ProviderError(`It cannot be told whose machine holds ${PublicIp}: ${failed[0].message}`, {
        provider: 'aws',
        code: 'PROVIDER_DOWN',
        hint: 'Try again.',
      });
    throw notOurs(
      AWS,
      'thing that holds the address',
      InstanceId || NetworkInterfaceId || PublicIp,
      { fleet, host },
      `Take ${PublicIp} from it first.`,
    );
  }

  async #addresses(region: string, fleet: string, host?: string): Promise<Address[]> {
    const [{ DescribeAddressesCommand }, client] = await Promise.all([import('./clients.js'), this.sdk.ec2(region)]);
    return (
      (
        await calling(`listing addresses in ${region}`, () =>
          client.send(new DescribeAddressesCommand({ Filters: owned(fleet, host) })),
        )
      ).Addresses ?? []
    );
  }
}

const unknownYet = (error: unknown): string | undefined =>
  codeOf(error).startsWith('InvalidAllocationID') ? 'it is not known yet' : undefined;
/** An address that was taken from a machine a moment ago counts as in use for a while. */
const inUseStill = (error: unknown): string | undefined =>
  codeOf(error) === 'InvalidIPAddress.InUse' ? 'it still counts as in use' : undefined;

const addressOf = ({ AllocationId = '', PublicIp = '', InstanceId, Tags }: Address): PublicAddress => ({
  id: AllocationId,
  address: PublicIp,
  owner: ownerOf(recordOf(Tags)),
  ...(InstanceId ? { heldBy: InstanceId } : {}),
});
