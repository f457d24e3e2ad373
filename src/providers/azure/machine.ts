import type { VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute';
import type { Instance, InstanceState } from '../contracts/instances.js';
import { ownerOf, TAGS } from '../contracts/ownership.js';
import type { Connection } from './interfaces.js';
import { AZURE_TAGS, machineId, namesOf, programName } from './names.js';
import type { AzureConfig } from './sdk.js';

const POWER: Record<string, InstanceState> = {
  'PowerState/running': 'running',
  'PowerState/starting': 'starting',
  'PowerState/stopping': 'stopping',
  'PowerState/deallocating': 'stopping',
  'PowerState/stopped': 'stopped',
  'PowerState/deallocated': 'stopped',
};
const PROVISIONING: Record<string, InstanceState> = {
  Creating: 'starting',
  Updating: 'starting',
  Deleting: 'stopping',
  Failed: 'failed',
};

const statusesOf = (view: VirtualMachineInstanceView | undefined): string[] =>
  (view?.statuses ?? []).map(({ code }) => code ?? '');

/** State of a machine. Azure has two: what the last operation came to, and whether the machine has power. */
export function stateOf(vm: VirtualMachine, view = vm.instanceView): InstanceState {
  if (vm.provisioningState === 'Creating' || vm.provisioningState === 'Deleting')
    return PROVISIONING[vm.provisioningState] ?? 'failed';
  const power = POWER[statusesOf(view).find((code) => code.startsWith('PowerState/')) ?? ''];
  return power ?? PROVISIONING[vm.provisioningState ?? ''] ?? 'starting';
}

/** What the last operation failed with: `ProvisioningState/failed/AllocationFailed` among the statuses. */
export function failureOf(vm: VirtualMachine): { code: string; message: string } {
  const status = vm.instanceView?.statuses?.find(({ code }) =>
    code?.toLowerCase().startsWith('provisioningstate/failed/'),
  );
  return { code: status?.code?.split('/')[2] ?? 'unknown', message: status?.message ?? '' };
}

/**
 * The instance that a machine of Azure is with its connection. Without a machine: parts of one that was not made, or
 * not removed, to the end.
 */
export function instanceOf(
  config: AzureConfig,
  group: string,
  vm: VirtualMachine | undefined,
  { nic, ip }: Connection,
  view = vm?.instanceView,
): Instance {
  const tags = vm?.tags ?? nic?.tags ?? ip?.tags ?? {};
  const owner = ownerOf(tags);
  const key = tags[TAGS.hostKey];
  const privateAddress = nic?.ipConfigurations?.[0]?.privateIPAddress;
  const address = ip?.ipAddress ?? privateAddress;
  const { machine } = owner ? namesOf(owner.fleet, owner.host) : { machine: vm?.name ?? '' };
  return {
    name: owner?.host ?? machine,
    id: machineId(config, group, machine),
    state: vm ? stateOf(vm, view) : 'missing',
    tags,
    owner,
    endpoint:
      vm && address
        ? { address, port: 22, user: tags[AZURE_TAGS.user] ?? 'deploy', ...(key ? { hostKeys: [key] } : {}) }
        : undefined,
    ...(vm ? { region: programName(vm.location) } : {}),
    createdAt: vm?.timeCreated?.toISOString(),
    size: vm?.hardwareProfile?.vmSize,
    image: tags[AZURE_TAGS.image],
    zone: vm?.zones?.[0],
    privateAddress,
  };
}
