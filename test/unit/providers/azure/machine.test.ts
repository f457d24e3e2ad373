import { describe, expect, test } from 'vitest';
import type { VirtualMachine } from '@azure/arm-compute';
import { machineOf } from '../../../../src/providers/azure/launch.js';
import { failureOf, stateOf } from '../../../../src/providers/azure/machine.js';
import { namesOf, partsOf, programName, sameId } from '../../../../src/providers/azure/names.js';

const vm = (provisioningState: string, ...codes: string[]): VirtualMachine => ({
  location: 'eastus',
  provisioningState,
  instanceView: { statuses: codes.map((code) => ({ code, message: 'why' })) },
});

describe('machines of Azure', () => {
  test.each([
    ['running', vm('Succeeded', 'ProvisioningState/succeeded', 'PowerState/running')],
    ['stopped', vm('Succeeded', 'PowerState/deallocated')],
    ['stopped', vm('Succeeded', 'PowerState/stopped')],
    ['stopping', vm('Updating', 'PowerState/deallocating')],
    ['starting', vm('Creating', 'PowerState/running')],
    ['stopping', vm('Deleting', 'PowerState/running')],
    // It was in use before its last operation failed, or it runs and its agent did not answer.
    ['running', vm('Failed', 'ProvisioningState/failed/OSProvisioningTimedOut', 'PowerState/running')],
    ['failed', vm('Failed', 'ProvisioningState/failed/AllocationFailed')],
    ['starting', vm('Succeeded')],
  ])('%s', (state, machine) => {
    expect(stateOf(machine)).toBe(state);
  });

  test('tell what they failed with', () => {
    expect(failureOf(vm('Failed', 'ProvisioningState/failed/AllocationFailed'))).toEqual({
      code: 'AllocationFailed',
      message: 'why',
    });
    expect(failureOf(vm('Failed'))).toEqual({ code: 'unknown', message: '' });
  });

  test('are asked for with a key and no password, their user data encoded, a disk that goes with them', () => {
    const spec = {
      name: 'app-1',
      fleet: 'shop',
      roles: ['app', 'router'],
      runId: 'run-7',
      authorizedKeys: ['ssh-ed25519 A'],
      user: 'ops',
      userData: '#cloud-config\n{}\n',
      zone: '2',
      diskGiB: 40,
    };
    const wanted = machineOf(spec, 'eastus', { id: 'image' }, 'nic');
    expect(wanted).toMatchObject({
      zones: ['2'],
      tags: {
        'fanops-fleet': 'shop',
        'fanops-host': 'app-1',
        'fanops-run': 'run-7',
        'fanops-roles': 'app router',
        'fanops-user': 'ops',
        'fanops-image': 'debian-12',
      },
      storageProfile: { osDisk: { deleteOption: 'Delete', diskSizeGB: 40 } },
      networkProfile: { networkInterfaces: [{ id: 'nic' }] },
      osProfile: {
        adminUsername: 'ops',
        linuxConfiguration: {
          disablePasswordAuthentication: true,
          ssh: { publicKeys: [{ path: '/home/ops/.ssh/authorized_keys', keyData: 'ssh-ed25519 A' }] },
        },
      },
    });
    expect(Buffer.from(wanted.osProfile?.customData ?? '', 'base64').toString()).toBe(spec.userData);
    expect(() => machineOf({ ...spec, authorizedKeys: [] }, 'eastus', {}, 'nic')).toThrow(
      expect.objectContaining({ code: 'INVALID' }) as Error,
    );
  });
});

describe('names in Azure', () => {
  test('of machines are unique and short enough', () => {
    const long = 'a'.repeat(40);
    expect(namesOf('shop', 'app-1')).toMatchObject({ machine: 'fanops-shop-app-1', nic: 'fanops-shop-app-1-nic' });
    expect(namesOf(long, `${long.slice(1)}x`).machine).not.toBe(namesOf(long, `${long.slice(1)}y`).machine);
    expect(namesOf(long, long).machine.length).toBeLessThanOrEqual(64);
  });

  test('of regions and resources are read in any case', () => {
    expect(programName('West Europe')).toBe('westeurope');
    expect(partsOf('/subscriptions/s/RESOURCEGROUPS/G/providers/Microsoft.Network/publicIPAddresses/ip')).toEqual({
      group: 'G',
      name: 'ip',
    });
    expect(sameId('/A/b', '/a/B')).toBe(true);
    expect(sameId(undefined, undefined)).toBe(false);
  });
});
