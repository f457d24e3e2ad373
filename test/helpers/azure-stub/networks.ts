import type { Operations } from './operations.js';
import { groupOf, idIn, Refusal, type Json, type Resource, type Store } from './store.js';

/** STUB of ours: networks, network interfaces, public addresses, security groups. Never compared with the real cloud. */
interface IpConfiguration {
  name: string;
  id?: string;
  properties: Json & { subnet?: { id: string }; publicIPAddress?: { id: string }; privateIPAddress?: string };
}
const NIC = 'Microsoft.Network/networkInterfaces';

export class Networks {
  #last = 10;

  constructor(
    private readonly store: Store,
    private readonly operations: Operations,
  ) {}

  put(id: string, type: string, body: Json): { resource: Resource; created: boolean; operation: string } {
    const present = this.store.get(id);
    this.operations.look(id);
    if (this.operations.running(id))
      throw new Refusal(409, 'AnotherOperationInProgress', `Another operation on ${id} is in progress.`);
    const properties = { ...(body.properties as Json), provisioningState: 'Updating' } as Json;
    if (type.endsWith('virtualNetworks'))
      properties.subnets = (properties.subnets as Json[]).map((each) => ({
        ...each,
        id: `${id}/subnets/${String(each.name)}`,
      }));
    if (type.endsWith('publicIPAddresses'))
      Object.assign(properties, {
        ipAddress: present?.properties.ipAddress ?? `203.0.113.${(this.#last += 1)}`,
        ipConfiguration: present?.properties.ipConfiguration,
      });
    if (type === NIC) this.#connect(id, properties, present);
    const resource = this.store.put({
      ...(body as unknown as Resource),
      id,
      name: id.split('/').at(-1) ?? '',
      type,
      properties,
    });
    const { id: operation } = this.operations.start(id, () => {
      properties.provisioningState = 'Succeeded';
    });
    return { resource, created: !present, operation };
  }

  delete(id: string): string {
    const { type, properties } = this.store.need(id);
    const nics = this.store.list(NIC).filter((nic) => nic.id !== id);
    const configurations = nics.flatMap((nic) => nic.properties.ipConfigurations as IpConfiguration[]);
    if (type === NIC && properties.virtualMachine)
      throw new Refusal(400, 'NicInUse', `Network Interface ${id} is used by a machine.`);
    if (type.endsWith('publicIPAddresses') && properties.ipConfiguration)
      throw new Refusal(
        400,
        'PublicIPAddressCannotBeDeleted',
        `Public IP address ${id} can not be deleted since it is still allocated.`,
      );
    if (
      type.endsWith('networkSecurityGroups') &&
      nics.some((nic) => idIn(nic.properties.networkSecurityGroup)?.toLowerCase() === id.toLowerCase())
    ) {
      throw new Refusal(
        400,
        'InUseNetworkSecurityGroupCannotBeDeleted',
        `Network security group ${id} cannot be deleted because it is in use.`,
      );
    }
    if (
      type.endsWith('virtualNetworks') &&
      configurations.some((each) => each.properties.subnet?.id.startsWith(`${id}/`))
    ) {
      throw new Refusal(400, 'InUseSubnetCannotBeDeleted', `A subnet of ${id} is in use.`);
    }
    return this.operations.start(id, () => {
      if (type === NIC) this.#disconnect(properties.ipConfigurations as IpConfiguration[]);
      this.store.delete(id);
    }).id;
  }

  #connect(id: string, properties: Json, present: Resource | undefined): void {
    properties.virtualMachine = present?.properties.virtualMachine;
    const before = (present?.properties.ipConfigurations ?? []) as IpConfiguration[];
    const wanted = properties.ipConfigurations as IpConfiguration[];
    for (const each of wanted) {
      each.id = `${id}/ipConfigurations/${each.name}`;
      const subnet = each.properties.subnet?.id ?? '';
      this.#reference(subnet.replace(/\/subnets\/[^/]+$/, ''));
      each.properties.privateIPAddress = before[0]?.properties.privateIPAddress ?? `10.80.0.${(this.#last += 1)}`;
      const ip = each.properties.publicIPAddress && this.#reference(each.properties.publicIPAddress.id);
      const holder = idIn(ip?.properties.ipConfiguration);
      if (holder && holder !== each.id)
        throw new Refusal(
          400,
          'PublicIPAddressInUse',
          `Resource ${each.id} is referencing public IP address ${ip?.id} that is already allocated to resource ${holder}.`,
        );
    }
    const group = idIn(properties.networkSecurityGroup);
    if (group) this.#reference(group);
    this.#disconnect(before);
    for (const each of wanted) {
      const ip = this.store.get(each.properties.publicIPAddress?.id);
      if (ip) ip.properties.ipConfiguration = { id: each.id };
    }
  }

  #disconnect(configurations: IpConfiguration[]): void {
    for (const { properties } of configurations)
      delete this.store.get(properties.publicIPAddress?.id)?.properties.ipConfiguration;
  }

  #reference(id: string): Resource {
    const found = this.store.get(id);
    if (found && groupOf(id) !== '') return found;
    throw new Refusal(
      400,
      'InvalidResourceReference',
      `Resource ${id} was not found. Please make sure that the referenced resource exists.`,
    );
  }
}
