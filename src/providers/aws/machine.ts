import type { Instance as Machine } from '@aws-sdk/client-ec2';
import type { Instance, InstanceState } from '../contracts/instances.js';
import { ownerOf, TAGS } from '../contracts/ownership.js';
import { recordOf } from './tags.js';

const STATES: Record<string, InstanceState> = {
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'stopping',
  terminated: 'missing',
};

/** Tags beside those of all providers. */
export const AWS_TAGS = { user: 'fanops-user', image: 'fanops-image', token: 'fanops-token' } as const;

/** The instance that a machine of EC2 in a region is. */
export function instanceOf(machine: Machine, region: string): Instance {
  const tags = recordOf(machine.Tags);
  const owner = ownerOf(tags);
  const address = machine.PublicIpAddress ?? machine.PrivateIpAddress;
  const key = tags[TAGS.hostKey];
  return {
    name: owner?.host ?? tags.Name ?? '',
    id: machine.InstanceId ?? '',
    state: STATES[machine.State?.Name ?? ''] ?? 'failed',
    tags,
    owner,
    endpoint: address
      ? { address, port: 22, user: tags[AWS_TAGS.user] ?? 'admin', ...(key ? { hostKeys: [key] } : {}) }
      : undefined,
    createdAt: machine.LaunchTime?.toISOString(),
    size: machine.InstanceType,
    image: tags[AWS_TAGS.image] ?? machine.ImageId,
    zone: machine.Placement?.AvailabilityZone,
    region,
    privateAddress: machine.PrivateIpAddress,
  };
}
