import type { protos } from '@google-cloud/compute';
import type { Instance, InstanceSpec, InstanceState } from '../contracts/instances.js';
import { ownerOf, TAGS, tagsOf } from '../contracts/ownership.js';
import { lastSegment } from './calls.js';
import { labelsOf, thingName } from './labels.js';
import type { GcpConfig } from './sdk.js';
import { regionOf } from './zones.js';

export type Machine = protos.google.cloud.compute.v1.IInstance;

export const DEFAULT_SIZE = 'e2-micro';
const DEFAULT_DISK_GIB = 10;

const STATES: Record<string, InstanceState> = {
  PROVISIONING: 'starting',
  STAGING: 'starting',
  RUNNING: 'running',
  STOPPING: 'stopping',
  SUSPENDING: 'stopping',
  SUSPENDED: 'stopped',
  TERMINATED: 'stopped',
  STOPPED: 'stopped',
  REPAIRING: 'starting',
  DEPROVISIONING: 'stopping',
  PENDING_STOP: 'stopping',
};

/**
 * Metadata items of ours beside the tags of all providers: labels take no upper case, dots or slashes, so exact values
 * stand in the metadata.
 */
const ITEMS = {
  user: 'fanops-user',
  image: 'fanops-image',
  userData: 'user-data',
  bootScript: 'startup-script',
  sshKeys: 'ssh-keys',
} as const;

/** The machine to ask for. `image` is the URL of the boot image. */
export function machineOf(config: GcpConfig, spec: InstanceSpec, zone: string, image: string): Machine {
  const { fleet, name, runId: run, userData, bootScript, user = 'deploy', authorizedKeys = [], hostKey } = spec;
  const items: Record<string, string> = {
    ...tagsOf({ fleet, host: name, run }),
    [TAGS.roles]: spec.roles.join(','),
    [ITEMS.user]: user,
    [ITEMS.image]: spec.image ?? 'debian-12',
    ...(hostKey ? { [TAGS.hostKey]: hostKey } : {}),
    ...(userData ? { [ITEMS.userData]: userData } : {}),
    // The Debian images of Compute Engine have no cloud-init; the guest agent that they have runs this.
    ...(bootScript ? { [ITEMS.bootScript]: bootScript } : {}),
    // The operator's own only: the guest agent puts these back for ever, also when a key is taken out of the fleet
    // file.
    ...(authorizedKeys[0] ? { [ITEMS.sshKeys]: `${user}:${authorizedKeys[0]}` } : {}),
  };
  return {
    name: thingName(fleet, name),
    machineType: `zones/${zone}/machineTypes/${spec.size ?? DEFAULT_SIZE}`,
    labels: labelsOf({ fleet, host: name, run }),
    tags: { items: [thingName(fleet, name)] },
    disks: [
      {
        boot: true,
        autoDelete: true,
        initializeParams: { sourceImage: image, diskSizeGb: spec.diskGiB ?? DEFAULT_DISK_GIB },
      },
    ],
    networkInterfaces: [
      {
        network: `global/networks/${config.network ?? 'default'}`,
        accessConfigs: [{ name: 'External NAT', type: 'ONE_TO_ONE_NAT' }],
      },
    ],
    metadata: { items: Object.entries(items).map(([key, value]) => ({ key, value })) },
  };
}

/** The items of a machine's metadata as a record. */
export const itemsOf = (machine: Machine): Record<string, string> =>
  Object.fromEntries((machine.metadata?.items ?? []).map(({ key, value }) => [key ?? '', value ?? '']));

/** `ZONE/NAME` of a machine, from its URL. */
export const idOf = (url: string): string =>
  /zones\/([^/]+)\/instances\/([^/]+)$/.exec(url)?.slice(1).join('/') ?? lastSegment(url);

/** Public address of a machine. */
export const natIp = (machine: Machine): string | undefined =>
  machine.networkInterfaces?.[0]?.accessConfigs?.[0]?.natIP ?? undefined;

/** The instance that a machine of Compute Engine is. */
export function instanceOf(machine: Machine): Instance {
  const items = itemsOf(machine);
  const { [ITEMS.userData]: _userData, [ITEMS.bootScript]: _bootScript, [ITEMS.sshKeys]: _sshKeys, ...tags } = items;
  const owner = ownerOf(items);
  const key = items[TAGS.hostKey];
  const privateAddress = machine.networkInterfaces?.[0]?.networkIP ?? undefined;
  const address = natIp(machine) ?? privateAddress;
  return {
    name: owner?.host ?? machine.name ?? '',
    id: idOf(machine.selfLink ?? ''),
    state: STATES[String(machine.status)] ?? 'failed',
    tags,
    owner,
    endpoint: address
      ? { address, port: 22, user: items[ITEMS.user] ?? 'deploy', ...(key ? { hostKeys: [key] } : {}) }
      : undefined,
    createdAt: machine.creationTimestamp ? new Date(machine.creationTimestamp).toISOString() : undefined,
    size: lastSegment(machine.machineType),
    image: items[ITEMS.image],
    zone: lastSegment(machine.zone),
    region: regionOf(lastSegment(machine.zone)),
    privateAddress,
  };
}
