import type { ImageReference, VirtualMachine } from '@azure/arm-compute';
import { ProviderError } from '../contracts/errors.js';
import type { InstanceSpec } from '../contracts/instances.js';
import { TAGS, tagsOf } from '../contracts/ownership.js';
import { AZURE_TAGS, namesOf } from './names.js';

export const DEFAULT_SIZE = 'Standard_B1s';

/** The machine to ask for. `nic` is the identifier of its network interface. */
export function machineOf(
  spec: InstanceSpec,
  location: string,
  imageReference: ImageReference,
  nic: string,
): VirtualMachine {
  const { fleet, name, runId: run, user = 'deploy', authorizedKeys = [], hostKey, userData } = spec;
  if (authorizedKeys.length === 0) {
    throw new ProviderError(`Azure makes no machine without a public key, and there is none for ${name}.`, {
      provider: 'azure',
      code: 'INVALID',
      hint: 'Name one in `sshKeys` of the fleet file.',
    });
  }
  return {
    location,
    ...(spec.zone ? { zones: [spec.zone] } : {}),
    tags: {
      ...tagsOf({ fleet, host: name, run }),
      [TAGS.roles]: spec.roles.join(' '),
      [AZURE_TAGS.user]: user,
      [AZURE_TAGS.image]: spec.image ?? 'debian-12',
      ...(hostKey ? { [TAGS.hostKey]: hostKey } : {}),
    },
    hardwareProfile: { vmSize: spec.size ?? DEFAULT_SIZE },
    storageProfile: {
      imageReference,
      osDisk: {
        name: namesOf(fleet, name).disk,
        createOption: 'FromImage',
        deleteOption: 'Delete',
        managedDisk: { storageAccountType: 'StandardSSD_LRS' },
        ...(spec.diskGiB === undefined ? {} : { diskSizeGB: spec.diskGiB }),
      },
    },
    osProfile: {
      computerName: name,
      adminUsername: user,
      ...(userData ? { customData: Buffer.from(userData).toString('base64') } : {}),
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: { publicKeys: authorizedKeys.map((keyData) => ({ path: `/home/${user}/.ssh/authorized_keys`, keyData })) },
      },
    },
    networkProfile: { networkInterfaces: [{ id: nic, primary: true, deleteOption: 'Detach' }] },
  };
}
