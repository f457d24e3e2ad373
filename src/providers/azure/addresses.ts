import type { PublicIPAddress } from '@azure/arm-network';
import type { AddressProvider, PublicAddress } from '../contracts/addresses.js';
import { ProviderError } from '../contracts/errors.js';
import { notOurs } from '../contracts/not-ours.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { ownerOf, tagsOf, type Ownership } from '../contracts/ownership.js';
import type { AzureCalls } from './calls.js';
import type { Ground } from './ground.js';
import type { Interfaces } from './interfaces.js';
import type { Locations } from './locations.js';
import { addressId, AZURE_TAGS, groupName, machineId, namesOf, partsOf, sameId } from './names.js';
import { AZURE, owned } from './owned.js';

const KIND = 'address';

/** Public addresses that stay: one for each host. The own address of a machine is not among them. */
export class AzureAddresses implements AddressProvider {
  constructor(
    private readonly calls: AzureCalls,
    private readonly ground: Ground,
    private readonly interfaces: Interfaces,
    private readonly locations: Locations,
  ) {}

  async list(fleet: string): Promise<Listing<PublicAddress>> {
    const group = groupName(this.calls.config, fleet);
    const found = await this.calls.all(`listing public addresses in ${group}`, ({ network }) =>
      network.publicIPAddresses.list(group),
    );
    const mine = found.filter(({ tags }) => tags?.[AZURE_TAGS.kind] === KIND && ownerOf(tags)?.fleet === fleet);
    return { items: mine.map((each) => this.#address(each)), failed: [] };
  }

  async allocate(owner: Ownership, io?: ProviderIo): Promise<PublicAddress> {
    const { fleet, host, run } = owner;
    const { address: name } = namesOf(fleet, host);
    const group = groupName(this.calls.config, fleet);
    if (!owned('public address', await this.interfaces.address(group, name), fleet, host)) {
      await this.ground.group(fleet, run, io);
      await this.interfaces.makeAddress(
        group,
        name,
        this.locations.of(host),
        { ...tagsOf(owner), [AZURE_TAGS.kind]: KIND },
        io,
      );
    }
    const made = await this.calls.call(
      `looking at ${name}`,
      ({ network }, options) => network.publicIPAddresses.get(group, name, options),
      io,
      true,
    );
    return this.#address(made);
  }

  async associate(
    id: string,
    fleet: string,
    host: string,
    options: { takeOver?: boolean } = {},
  ): Promise<PublicAddress> {
    const { group, name } = partsOf(id);
    const [address, nic] = await Promise.all([this.interfaces.address(group, name), this.interfaces.nic(fleet, host)]);
    if (!address || !nic?.virtualMachine) {
      throw new ProviderError(`Azure has no ${address ? `machine ${host}` : `address ${name}`} of ${fleet}.`, {
        provider: 'azure',
        code: 'NOT_FOUND',
      });
    }
    if (ownerOf(address.tags ?? {})?.fleet !== fleet)
      throw notOurs(AZURE, 'public address', name, { fleet, host }, 'Give the host an address of the fleet.');
    const holder = await this.#holder(fleet, address);
    if (holder !== undefined && holder !== host) {
      if (!options.takeOver)
        throw new ProviderError(`${address.ipAddress} is held by ${holder}.`, { provider: 'azure', code: 'CONFLICT' });
      await this.interfaces.show(fleet, holder, undefined);
    }
    if (holder !== host) await this.interfaces.show(fleet, host, addressId(this.calls.config, group, name));
    return this.#address((await this.interfaces.address(group, name)) ?? address);
  }

  async release(fleet: string, host: string, io?: ProviderIo): Promise<void> {
    const { address: name } = namesOf(fleet, host);
    const group = groupName(this.calls.config, fleet);
    const address = owned('public address', await this.interfaces.address(group, name), fleet, host);
    if (address) {
      const holder = await this.#holder(fleet, address);
      if (holder !== undefined) await this.interfaces.show(fleet, holder, undefined);
      await this.interfaces.removeAddress(group, name, io);
    }
    await this.ground.clear(fleet, io);
  }

  /** The host whose interface shows the address. @throws ProviderError when somebody else's does. */
  async #holder(fleet: string, { ipConfiguration, ipAddress }: PublicIPAddress): Promise<string | undefined> {
    const name = nicIn(ipConfiguration?.id);
    if (name === undefined) return undefined;
    const { group } = partsOf(ipConfiguration?.id);
    const nic = await this.calls.look(`looking at ${name}`, ({ network }, options) =>
      network.networkInterfaces.get(group, name, options),
    );
    const owner = ownerOf(nic?.tags ?? {});
    if (owner?.fleet === fleet) return owner.host;
    throw new ProviderError(`${ipAddress} is held by ${name}, which is not of ${fleet}.`, {
      provider: 'azure',
      code: 'CONFLICT',
      hint: 'Take it from there first.',
    });
  }

  #address({ id, ipAddress, tags, ipConfiguration }: PublicIPAddress): PublicAddress {
    const owner = ownerOf(tags ?? {});
    const own = groupName(this.calls.config, owner?.fleet ?? '');
    // Azure writes the name of a group in changing case.
    const written = (group: string): string => (sameId(group, own) ? own : group);
    const { group, name } = partsOf(id);
    const held = nicIn(ipConfiguration?.id);
    const heldBy =
      held && machineId(this.calls.config, written(partsOf(ipConfiguration?.id).group), held.replace(/-nic$/, ''));
    return {
      id: addressId(this.calls.config, written(group), name),
      address: ipAddress ?? '',
      owner,
      ...(heldBy ? { heldBy } : {}),
    };
  }
}

/** Name of the network interface in the identifier of its configuration. */
const nicIn = (id: string | undefined): string | undefined =>
  /\/networkInterfaces\/([^/]+)\/ipConfigurations\//i.exec(id ?? '')?.[1];
