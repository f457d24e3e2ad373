import type { Instance, InstanceState } from '../contracts/instances.js';
import { ownerOf, TAGS } from '../contracts/ownership.js';
import { networkName } from './names.js';

/** What `docker inspect` prints of a container, as far as it is used. */
export interface Container {
  Id: string;
  Created: string;
  State: { Status: string };
  Config: { Image: string; Labels: Record<string, string> | null };
  HostConfig: { PortBindings: Record<string, { HostPort: string }[] | null> | null; NanoCpus: number; Memory: number };
  NetworkSettings: { Networks: Record<string, { IPAddress: string } | undefined> };
}

/** Labels beside those of all providers. */
export const LABELS = { user: 'fanops-user', size: 'fanops-size', base: 'fanops-image' } as const;

const STATES: Record<string, InstanceState> = {
  created: 'starting',
  restarting: 'starting',
  running: 'running',
  paused: 'stopped',
  removing: 'stopping',
  exited: 'stopped',
  dead: 'failed',
};

/** The instance that a container is. `hostKey` is the one that the machine has now. */
export function instanceOf(container: Container, hostKey: string | undefined): Instance {
  const tags = container.Config.Labels ?? {};
  const owner = ownerOf(tags);
  const port = Number(container.HostConfig.PortBindings?.['22/tcp']?.[0]?.HostPort);
  const key = hostKey ?? tags[TAGS.hostKey];
  const state = STATES[container.State.Status] ?? 'failed';
  return {
    name: owner?.host ?? '',
    id: container.Id,
    state,
    tags,
    owner,
    endpoint: port
      ? {
          address: '127.0.0.1',
          port,
          user: tags[LABELS.user] || 'root',
          ...(key ? { hostKeys: [key] } : {}),
        }
      : undefined,
    createdAt: container.Created,
    ...(tags[LABELS.size] ? { size: tags[LABELS.size] } : {}),
    image: tags[LABELS.base],
    privateAddress: container.NetworkSettings.Networks[networkName(owner?.fleet ?? '')]?.IPAddress || undefined,
  };
}
