import type { InstanceSpec } from '../contracts/instances.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import { isOwned } from '../contracts/not-ours.js';
import type { AzureCalls } from './calls.js';
import { codeOf, kindOf } from './errors.js';
import { gone } from './interfaces.js';
import { DEFAULT_SIZE, machineOf } from './launch.js';
import { groupName, namesOf } from './names.js';
import { carryOut } from './operations.js';
import type { AzureParts } from './parts.js';

/** A machine of that name is there: an earlier try whose answer was lost, or somebody at the same moment, made it. */
const THERE = ['PreconditionFailed', 'ConditionNotMet', '412'];

/**
 * Makes the machine; one that is there stays as it is, so a repeated request makes nothing twice and changes nothing.
 */
export async function launched(
  { calls, images, locations }: AzureParts,
  spec: InstanceSpec,
  doing: string,
  nic: string,
  io: ProviderIo,
): Promise<void> {
  const { fleet, name } = spec;
  const location = locations.of(name);
  const wanted = machineOf(
    spec,
    location,
    await images.reference(spec.image ?? 'debian-12', location, spec.size ?? DEFAULT_SIZE),
    nic,
  );
  try {
    await carryOut(
      calls,
      {
        service: 'compute',
        doing,
        settling: true,
        start: ({ compute }, options) =>
          compute.virtualMachines.createOrUpdate(groupName(calls.config, fleet), namesOf(fleet, name).machine, wanted, {
            ...options,
            ifNoneMatch: '*',
          }),
      },
      io,
    );
  } catch (error) {
    if (!(kindOf(error) === 'CONFLICT' && THERE.includes(codeOf(error)))) throw error;
    io.progress?.(`${name} is being made already`);
  }
}

/**
 * Removes the machine, then its disk, when the disk did not go with it. What is not there is no error. A disk is the
 * host's when its machine or its own
 * tags say so: its name alone proves nothing.
 */
export async function removeMachine(calls: AzureCalls, fleet: string, name: string, io: ProviderIo): Promise<void> {
  const { machine, disk } = namesOf(fleet, name);
  const group = groupName(calls.config, fleet);
  const vm = await calls.look(`looking for ${name}`, ({ compute }) => compute.virtualMachines.get(group, machine), io);
  if (vm) {
    await gone(() =>
      carryOut(
        calls,
        {
          service: 'compute',
          doing: `removing ${name}`,
          start: ({ compute }, options) => compute.virtualMachines.delete(group, machine, options),
        },
        io,
      ),
    );
  }
  const left = await calls.look(`looking for ${disk}`, ({ compute }) => compute.disks.get(group, disk), io);
  if (left && vm?.storageProfile?.osDisk?.name !== disk && !isOwned(left.tags, { fleet, host: name })) {
    io.progress?.(`the disk ${disk} stays: no machine of ${name} has it, and its tags do not name ${name}`);
  } else if (left) {
    await gone(() =>
      carryOut(
        calls,
        {
          service: 'compute',
          doing: `removing the disk of ${name}`,
          start: ({ compute }, options) => compute.disks.delete(group, disk, options),
        },
        io,
      ),
    );
  }
}
