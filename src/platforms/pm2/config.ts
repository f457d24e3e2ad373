import type { PlacementSchemaValues, PlatformModule } from '../contracts/module.js';
import { hostsShape, ON_HOSTS, type HostsPlacement } from '../placement.js';

/** A placement on PM2 in the fleet file. */
export interface Pm2Placement extends HostsPlacement {
  platform: 'pm2';
  /** PM2 cluster workers. */
  instances?: number;
}

const placement = (values: PlacementSchemaValues) => {
  const { z } = values;
  const { drain, ...shape } = hostsShape(values);
  return z.strictObject({
    platform: z.literal('pm2'),
    ...shape,
    instances: z.int().min(1).max(64).optional().describe('PM2 cluster workers. Default: 1'),
    drain,
  });
};

export const platform: PlatformModule<Pm2Placement> = {
  name: 'pm2',
  summary: 'a process under PM2 on a host of the fleet',
  capabilities: ['releases', 'background', 'logs'],
  accepts: ['process'],
  placement,
  ...ON_HOSTS,
};
