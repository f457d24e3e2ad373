import type { PlacementSchemaValues, PlatformModule } from '../contracts/module.js';

/** A placement on PM2 in the fleet file. */
export interface Pm2Placement {
  platform: 'pm2';
  host?: string;
  /** In place of `host`, where it runs on several. */
  hosts?: (string | { host: string; port: number })[];
  port: number;
  /** PM2 cluster workers. */
  instances?: number;
  /** A duration. */
  drain?: string;
}

/** The hosts that it runs on; the first has the background work. */
export const hostsOf = ({ host, hosts }: Pick<Pm2Placement, 'host' | 'hosts'>): readonly string[] =>
  hosts?.map((each) => (typeof each === 'string' ? each : each.host)) ?? (host === undefined ? [] : [host]);

/** Port on one of its hosts. */
export function portOn({ hosts = [], port }: Pick<Pm2Placement, 'hosts' | 'port'>, host: string): number {
  const own = hosts.find((each) => typeof each !== 'string' && each.host === host);
  return typeof own === 'object' ? own.port : port;
}

const placement = ({ z, port, duration }: PlacementSchemaValues) =>
  z.strictObject({
    platform: z.literal('pm2'),
    host: z.string().optional().describe('Host of the fleet with the role app'),
    hosts: z
      .array(z.union([z.string(), z.strictObject({ host: z.string(), port })]))
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Hosts in place of `host`, each with a port of its own where it needs one. Requests are spread over them; the first has the background work',
      ),
    port: port.describe('Port that the service listens on, on each of its hosts'),
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
  hosts: hostsOf,
  port: portOn,
  targets: (placement, addressOf) =>
    hostsOf(placement).map((host) => ({ host, url: `http://${addressOf(host)}:${portOn(placement, host)}` })),
  problems: (placement) => [
    ...((placement.host === undefined) === (placement.hosts === undefined)
      ? [
          {
            path: [],
            message: 'needs a host, or a list of hosts',
            hint: 'Write `host: NAME` or `hosts: [NAME, NAME]`.',
          },
        ]
      : []),
    ...hostsOf(placement).flatMap((name, index, all) =>
      all.indexOf(name) < index ? [{ path: ['hosts', index], message: `host ${name} is listed already` }] : [],
    ),
  ],
  drain: ({ drain }) => drain,
};
