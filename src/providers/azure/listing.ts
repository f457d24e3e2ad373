import type { VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute';
import type { NetworkInterface } from '@azure/arm-network';
import type { Instance } from '../contracts/instances.js';
import type { Listing } from '../contracts/provider-io.js';
import { ownerOf } from '../contracts/ownership.js';
import type { AzureCalls } from './calls.js';
import { instanceOf } from './machine.js';
import { groupName, namesOf } from './names.js';

const lower = (text: string | undefined): string => (text ?? '').toLowerCase();

/**
 * The machines of a fleet from four lists, whatever their number: machines, their states (Azure tells those for a whole
 * subscription),
 * network interfaces and public addresses. Interfaces and addresses without a machine are told as well: something was
 * broken off there.
 */
export async function listMachines(calls: AzureCalls, fleet: string): Promise<Listing<Instance>> {
  const group = groupName(calls.config, fleet);
  const doing = `listing machines in ${group}`;
  const [machines, nics, ips, states] = await Promise.all([
    calls.all(doing, ({ compute }) => compute.virtualMachines.list(group)),
    calls.all(doing, ({ network }) => network.networkInterfaces.list(group)),
    calls.all(doing, ({ network }) => network.publicIPAddresses.list(group)),
    calls.all(doing, ({ compute }) => compute.virtualMachines.listAll({ statusOnly: 'true' })),
  ]);
  const views = new Map(states.map(({ id, instanceView }) => [lower(id), instanceView]));
  const mine = (tags: Record<string, string> | undefined): boolean => ownerOf(tags ?? {})?.fleet === fleet;
  const nicOf = new Map(nics.map((nic) => [lower(nic.name), nic]));
  const ipOf = new Map(ips.map((ip) => [lower(ip.id), ip]));
  const shown = (nic: NetworkInterface | undefined) => ipOf.get(lower(nic?.ipConfigurations?.[0]?.publicIPAddress?.id));

  const known = new Map<string, Instance>();
  const add = (instance: Instance): unknown => known.has(instance.name) || known.set(instance.name, instance);
  const vms = machines.filter(({ tags }) => mine(tags));
  const looked = await Promise.all(
    vms.map(async (vm): Promise<[VirtualMachine, VirtualMachineInstanceView | undefined]> => [
      vm,
      views.get(lower(vm.id)) ?? (await viewOf(calls, group, vm)),
    ]),
  );
  for (const [vm, view] of looked) {
    const nic = nicOf.get(lower(namesOf(fleet, ownerOf(vm.tags ?? {})?.host ?? '').nic));
    add(instanceOf(calls.config, group, vm, { nic, ip: shown(nic) }, view));
  }
  for (const nic of nics) if (mine(nic.tags)) add(instanceOf(calls.config, group, undefined, { nic, ip: shown(nic) }));
  for (const ip of ips)
    if (mine(ip.tags) && ip.name === namesOf(fleet, ownerOf(ip.tags ?? {})?.host ?? '').ip)
      add(instanceOf(calls.config, group, undefined, { ip }));
  return { items: [...known.values()], failed: [] };
}

/** The state of one machine, for one that the list of states did not have yet. */
const viewOf = (
  calls: AzureCalls,
  group: string,
  { name = '' }: VirtualMachine,
): Promise<VirtualMachineInstanceView | undefined> =>
  calls.look(`looking at ${name}`, ({ compute }) => compute.virtualMachines.instanceView(group, name));
