import { shortName } from '../short-name.js';
import type { AzureConfig } from './sdk.js';

/** Tags beside those of all providers. */
export const AZURE_TAGS = { user: 'fanops-user', image: 'fanops-image', kind: 'fanops-kind' } as const;

/**
 * Names of all that belongs to a host, in the order in which it is made. A name of a machine has at most 64 characters.
 */
export function namesOf(
  fleet: string,
  host: string,
): { machine: string; nic: string; ip: string; address: string; firewall: string; disk: string } {
  const machine = shortName(`fanops-${fleet}-${host}`, 64);
  return {
    machine,
    nic: `${machine}-nic`,
    ip: `${machine}-ip`,
    address: `${machine}-address`,
    firewall: `${machine}-nsg`,
    disk: `${machine}-disk`,
  };
}

export const networkName = (fleet: string, location: string): string => `fanops-${fleet}-${location}`;

/** Regions have a name for people and one for programs: `West Europe` is `westeurope`. */
export const programName = (location: string): string => location.toLowerCase().replaceAll(' ', '');

export const groupName = ({ resourceGroup }: AzureConfig, fleet: string): string => resourceGroup ?? `fanops-${fleet}`;

/**
 * The identifier of a resource. Azure writes the same one in changing case, so those that are shown or compared are
 * made here.
 */
export const resourceId = ({ subscription }: AzureConfig, group: string, type: string, name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`;

export const machineId = (config: AzureConfig, group: string, name: string): string =>
  resourceId(config, group, 'Microsoft.Compute/virtualMachines', name);
export const addressId = (config: AzureConfig, group: string, name: string): string =>
  resourceId(config, group, 'Microsoft.Network/publicIPAddresses', name);

/** Group and name in an identifier. */
export function partsOf(id: string | undefined): { group: string; name: string } {
  const group = /\/resourceGroups\/([^/]+)/i.exec(id ?? '')?.[1] ?? '';
  return { group, name: (id ?? '').split('/').at(-1) ?? '' };
}

/** Whether two identifiers are of one resource. */
export const sameId = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && a.toLowerCase() === b?.toLowerCase();
