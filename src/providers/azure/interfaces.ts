import type { NetworkInterface, PublicIPAddress } from '@azure/arm-network';
import type { InstanceSpec } from '../contracts/instances.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import { tagsOf } from '../contracts/ownership.js';
import type { AzureCalls } from './calls.js';
import { kindOf } from './errors.js';
import type { Ground } from './ground.js';
import { AZURE_TAGS, groupName, namesOf, partsOf, resourceId, sameId } from './names.js';
import { carryOut } from './operations.js';
import { owned } from './owned.js';

/** A network interface with the public address that it shows. */
export interface Connection {
  nic?: NetworkInterface;
  ip?: PublicIPAddress;
}

/**
 * The network interface of a host, and a public address of its own. The address is a resource by itself and stays when
 * the host gets
 * another one, so that the host is reachable as soon as it loses that.
 */
export class Interfaces {
  constructor(
    private readonly calls: AzureCalls,
    private readonly ground: Ground,
  ) {}

  async nic(fleet: string, host: string): Promise<NetworkInterface | undefined> {
    const { nic } = namesOf(fleet, host);
    const found = await this.calls.look(`looking for ${nic}`, ({ network }, options) =>
      network.networkInterfaces.get(groupName(this.calls.config, fleet), nic, options),
    );
    return owned('network interface', found, fleet, host);
  }

  async address(group: string, name: string): Promise<PublicIPAddress | undefined> {
    return this.calls.look(`looking for ${name}`, ({ network }, options) =>
      network.publicIPAddresses.get(group, name, options),
    );
  }

  /** The interface of a host and the address it shows; without an interface its own address, if that is there. */
  async connection(fleet: string, host: string): Promise<Connection> {
    const nic = await this.nic(fleet, host);
    const shown = nic?.ipConfigurations?.[0]?.publicIPAddress?.id;
    if (nic && !shown) return { nic };
    const { group, name } = shown
      ? partsOf(shown)
      : { group: groupName(this.calls.config, fleet), name: namesOf(fleet, host).ip };
    const ip = await this.address(group, name);
    return { nic, ip: shown ? ip : owned('public address', ip, fleet, host) };
  }

  /** Makes what lacks, and gives the interface the firewall. Resolves with the identifier of the interface. */
  async ensure(
    { fleet, name, runId, firewall }: Pick<InstanceSpec, 'fleet' | 'name' | 'runId' | 'firewall'>,
    location: string,
    io?: ProviderIo,
  ): Promise<string> {
    const names = namesOf(fleet, name);
    const group = groupName(this.calls.config, fleet);
    const id = resourceId(this.calls.config, group, 'Microsoft.Network/networkInterfaces', names.nic);
    const present = await this.nic(fleet, name);
    if (present && (!firewall || sameId(present.networkSecurityGroup?.id, firewall.id))) return id;
    if (present) {
      await this.put(fleet, name, { ...present, networkSecurityGroup: { id: firewall?.id } }, io);
      return id;
    }
    await this.ground.group(fleet, runId, io);
    const subnet = await this.ground.subnet(fleet, location, runId, io);
    const tags = tagsOf({ fleet, host: name, run: runId });
    if (!owned('public address', await this.address(group, names.ip), fleet, name))
      await this.makeAddress(group, names.ip, location, { ...tags, [AZURE_TAGS.kind]: 'host' }, io);
    const publicIPAddress = {
      id: resourceId(this.calls.config, group, 'Microsoft.Network/publicIPAddresses', names.ip),
    };
    await this.put(
      fleet,
      name,
      {
        location,
        tags,
        ...(firewall ? { networkSecurityGroup: { id: firewall.id } } : {}),
        ipConfigurations: [
          {
            name: 'primary',
            primary: true,
            privateIPAllocationMethod: 'Dynamic',
            subnet: { id: subnet },
            publicIPAddress,
          },
        ],
      },
      io,
    );
    return id;
  }

  /** Takes a public address. It keeps its number until it is removed. */
  makeAddress(
    group: string,
    name: string,
    location: string,
    tags: Record<string, string>,
    io?: ProviderIo,
  ): Promise<void> {
    const wanted: PublicIPAddress = {
      location,
      tags,
      sku: { name: 'Standard' },
      publicIPAllocationMethod: 'Static',
      publicIPAddressVersion: 'IPv4',
    };
    return carryOut(
      this.calls,
      {
        service: 'network',
        doing: `taking the address ${name}`,
        settling: true,
        start: ({ network }, options) => network.publicIPAddresses.createOrUpdate(group, name, wanted, options),
      },
      io,
    );
  }

  put(fleet: string, host: string, wanted: NetworkInterface, io?: ProviderIo): Promise<void> {
    return carryOut(
      this.calls,
      {
        service: 'network',
        doing: `bringing the network interface of ${host} to what it should be`,
        settling: true,
        start: ({ network }, options) =>
          network.networkInterfaces.createOrUpdate(
            groupName(this.calls.config, fleet),
            namesOf(fleet, host).nic,
            wanted,
            options,
          ),
      },
      io,
    );
  }

  /** Lets the interface of a host show another public address, or its own when none is given. */
  async show(fleet: string, host: string, address: string | undefined): Promise<void> {
    const nic = await this.nic(fleet, host);
    const [first, ...others] = nic?.ipConfigurations ?? [];
    if (!nic || !first) return;
    const { ip } = namesOf(fleet, host);
    const group = groupName(this.calls.config, fleet);
    const own =
      address === undefined && (await this.address(group, ip))
        ? resourceId(this.calls.config, group, 'Microsoft.Network/publicIPAddresses', ip)
        : undefined;
    const id = address ?? own;
    await this.put(fleet, host, {
      ...nic,
      ipConfigurations: [{ ...first, publicIPAddress: id ? { id } : undefined }, ...others],
    });
  }

  /** Removes the interface, then the host's own address. What is not there is no error. */
  async remove(fleet: string, host: string, io?: ProviderIo): Promise<void> {
    const { nic, ip } = namesOf(fleet, host);
    const group = groupName(this.calls.config, fleet);
    if (await this.nic(fleet, host)) {
      await gone(() =>
        carryOut(
          this.calls,
          {
            service: 'network',
            doing: `removing the network interface of ${host}`,
            settling: true,
            start: ({ network }, options) => network.networkInterfaces.delete(group, nic, options),
          },
          io,
        ),
      );
    }
    if (owned('public address', await this.address(group, ip), fleet, host)) await this.removeAddress(group, ip, io);
  }

  async removeAddress(group: string, name: string, io?: ProviderIo): Promise<void> {
    await gone(() =>
      carryOut(
        this.calls,
        {
          service: 'network',
          doing: `giving back the address ${name}`,
          settling: true,
          start: ({ network }, options) => network.publicIPAddresses.delete(group, name, options),
        },
        io,
      ),
    );
  }
}

/** Removes something; somebody else may have been faster. */
export async function gone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (kindOf(error) !== 'NOT_FOUND') throw error;
  }
}
