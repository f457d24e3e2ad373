import type { Operations } from './operations.js';
import { groupOf, idIn, Refusal, type Json, type Resource, type Store } from './store.js';

/** STUB of ours: virtual machines and their disks. Never compared with the real cloud. */
interface Machine extends Resource {
  properties: Json & {
    provisioningState: string;
    power?: string;
    failure?: { code: string; message: string };
    storageProfile: { osDisk: Json & { name: string; deleteOption?: string } };
    networkProfile: { networkInterfaces: { id: string }[] };
  };
}

const POWER: Record<string, { on: string; after: string }> = {
  start: { on: 'starting', after: 'running' },
  restart: { on: 'running', after: 'running' },
  deallocate: { on: 'deallocating', after: 'deallocated' },
  powerOff: { on: 'stopping', after: 'stopped' },
};

export class Machines {
  /** How many machines were made, by identifier. */
  readonly made: string[] = [];
  readonly #customData = new Map<string, string>();

  constructor(
    private readonly store: Store,
    private readonly operations: Operations,
  ) {}

  /** Starts making a machine. */
  put(
    id: string,
    body: Json,
    headers: { 'if-none-match'?: string },
  ): { resource: Resource; created: boolean; operation: string } {
    const present = this.store.get(id) as Machine | undefined;
    if (present && headers['if-none-match'] === '*')
      throw new Refusal(412, 'PreconditionFailed', 'The condition set for this resource was not met.');
    const { customData, ...osProfile } = ((body.properties as Json).osProfile ?? {}) as Json;
    const properties = { ...(body.properties as Machine['properties']), osProfile };
    if (!present && !(osProfile.linuxConfiguration as Json | undefined)?.ssh)
      throw new Refusal(
        400,
        'InvalidParameter',
        'Authentication using either SSH or by user name and password must be enabled.',
      );
    for (const { id: nic } of properties.networkProfile.networkInterfaces) {
      const held = idIn(this.store.need(nic).properties.virtualMachine);
      if (held && held.toLowerCase() !== id.toLowerCase())
        throw new Refusal(400, 'NicInUse', `Network Interface ${nic} is used by existing resource ${held}.`);
      this.store.need(nic).properties.virtualMachine = { id };
    }
    if (!present) {
      this.made.push(id);
      this.#customData.set(id.toLowerCase(), String(customData ?? ''));
    }
    const vm = this.store.put({
      ...(body as unknown as Resource),
      id,
      name: id.split('/').at(-1) ?? '',
      type: 'Microsoft.Compute/virtualMachines',
      properties: {
        ...properties,
        provisioningState: present ? 'Updating' : 'Creating',
        timeCreated: present?.properties.timeCreated ?? new Date().toISOString(),
      },
    }) as Machine;
    const { id: operation } = this.operations.start(
      id,
      (failure) => {
        vm.properties.provisioningState = failure ? 'Failed' : 'Succeeded';
        vm.properties.failure = failure;
        if (failure) return;
        vm.properties.power = 'running';
        const disk = `${groupOf(id)}/providers/Microsoft.Compute/disks/${vm.properties.storageProfile.osDisk.name}`;
        this.store.put({
          id: disk,
          name: vm.properties.storageProfile.osDisk.name,
          type: 'Microsoft.Compute/disks',
          location: vm.location,
          tags: vm.tags,
          properties: { managedBy: id },
        });
      },
      'Conflict',
    );
    return { resource: vm, created: !present, operation };
  }

  /** What a machine would boot with, and the address it would have: for those who bring it to life. */
  booting(): { id: string; name: string; on: boolean; userData: string; address: string }[] {
    return (this.store.list('Microsoft.Compute/virtualMachines') as Machine[]).map(({ id, properties }) => {
      const [first] = (this.store.get(properties.networkProfile.networkInterfaces[0]?.id)?.properties
        .ipConfigurations ?? []) as { properties: { publicIPAddress?: { id: string } } }[];
      const address = this.store.get(first?.properties.publicIPAddress?.id)?.properties.ipAddress;
      return {
        id,
        name: id.split('/').at(-1) ?? '',
        on: properties.power === 'running',
        userData: Buffer.from(this.#customData.get(id.toLowerCase()) ?? '', 'base64').toString(),
        address: String(address ?? ''),
      };
    });
  }

  patch(id: string, body: Json, headers: { 'if-match'?: string }): Resource {
    const vm = this.store.need(id);
    if (headers['if-match'] && headers['if-match'] !== vm.etag)
      throw new Refusal(412, 'PreconditionFailed', 'The condition set for this resource was not met.');
    return this.store.put({ ...vm, tags: body.tags as Record<string, string> });
  }

  act(id: string, action: string): string {
    const vm = this.store.need(id) as Machine;
    const power = POWER[action];
    if (!power) throw new Refusal(404, 'NotFound', `There is no action ${action}.`);
    const { id: operation } = this.operations.start(
      id,
      () => {
        vm.properties.power = power.after;
      },
      'Conflict',
    );
    vm.properties.power = power.on;
    return operation;
  }

  delete(id: string): string {
    const vm = this.store.need(id) as Machine;
    this.operations.preempt(id);
    vm.properties.provisioningState = 'Deleting';
    return this.operations.start(id, () => {
      this.store.delete(id);
      for (const nic of vm.properties.networkProfile.networkInterfaces)
        delete this.store.get(nic.id)?.properties.virtualMachine;
      const { name, deleteOption } = vm.properties.storageProfile.osDisk;
      const disk = this.store.get(`${groupOf(id)}/providers/Microsoft.Compute/disks/${name}`);
      if (disk && deleteOption === 'Delete') this.store.delete(disk.id);
      else if (disk) delete disk.properties.managedBy;
    }).id;
  }

  deleteDisk(id: string): string {
    if (this.store.need(id).properties.managedBy)
      throw new Refusal(409, 'OperationNotAllowed', `Disk ${id} is attached to a machine.`);
    return this.operations.start(id, () => this.store.delete(id)).id;
  }

  /** The machine as it is told: its state of power only where it is asked for. */
  shown(resource: Resource, withView: boolean): Resource {
    const { power: _power, failure: _failure, ...properties } = (resource as Machine).properties;
    return { ...resource, properties: { ...properties, ...(withView ? { instanceView: this.view(resource) } : {}) } };
  }

  view(resource: Resource): Json {
    const { provisioningState, power, failure } = (resource as Machine).properties;
    const statuses = [
      failure
        ? { code: `ProvisioningState/failed/${failure.code}`, level: 'Error', message: failure.message }
        : { code: `ProvisioningState/${provisioningState.toLowerCase()}`, level: 'Info' },
      ...(power ? [{ code: `PowerState/${power}`, level: 'Info' }] : []),
    ];
    return { statuses };
  }
}
