import type { PlacementSchemaValues, PlatformModule } from '../contracts/module.js';

/** A placement on PM2 in the fleet file. */
export interface Pm2Placement {
  platform: 'pm2';
  host: string;
  port: number;
  /** PM2 cluster workers. */
  instances?: number;
  /** A duration. */
  drain?: string;
}

const placement = ({ z, port, duration }: PlacementSchemaValues) =>
  z.strictObject({
    platform: z.literal('pm2'),
    host: z.string().describe('Host of the fleet with the role app'),
    port: port.describe('Port that the service listens on'),
    instances: z.int().min(1).max(64).optional().describe('PM2 cluster workers. Default: 1'),
    drain: duration
      .optional()
      .describe(
        'How long a request under way may go on when its worker is replaced or stopped. Default: `timing.drain`',
      ),
  });

export const platform: PlatformModule<Pm2Placement> = {
  name: 'pm2',
  summary: 'a process under PM2 on a host of the fleet',
  capabilities: ['releases', 'background', 'logs'],
  accepts: ['process'],
  placement,
  hosts: ({ host }) => [host],
  port: ({ port }) => port,
  targets: ({ host, port }, addressOf) => [{ host, url: `http://${addressOf(host)}:${port}` }],
  drain: ({ drain }) => drain,
};
