import type { Problem } from '../core/problem.js';
import type { PlacementSchemaValues, Target } from './contracts/module.js';

/** What a placement says of an address that fanops does not run. */
export interface AddressPlacement {
  url: string;
  serverName?: string;
  verify?: boolean;
  trustedCertificate?: string;
}

/** The keys of such a placement. @param what the address is of */
export const addressShape = ({ z, httpUrl, hostName }: PlacementSchemaValues, what: string) => ({
  url: httpUrl.describe(what),
  serverName: hostName
    .optional()
    .describe('Name that the router asks for by TLS and checks in the certificate. Default: the host of the url'),
  verify: z.boolean().optional().describe('Whether the router checks the certificate. Default: true'),
  trustedCertificate: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of a private authority, relative to this file. Default: the authorities of the router host'),
});

/** Base address without a slash at its end. */
const baseUrl = ({ url }: AddressPlacement): string => url.replace(/\/+$/, '');

/** What every platform at an address has in common: nothing of it runs on hosts of the fleet. */
export const AT_ADDRESS = {
  hosts: () => [],
  port: () => undefined,
  targets: (placement: AddressPlacement): Target[] => {
    const { serverName, verify, trustedCertificate } = placement;
    return [
      {
        url: baseUrl(placement),
        ...(serverName && { serverName }),
        ...(verify === false && { verify }),
        ...(trustedCertificate && { trustedCertificate }),
      },
    ];
  },
};

/** A placement on hosts of the fleet, as all platforms that have such write it in the fleet file. */
export interface HostsPlacement {
  host?: string;
  /** In place of `host`, where it runs on several. */
  hosts?: (string | { host: string; port: number })[];
  port: number;
  /** A duration. */
  drain?: string;
}

/** The hosts that it runs on; the first has the background work. */
export const hostsOf = ({ host, hosts }: Pick<HostsPlacement, 'host' | 'hosts'>): readonly string[] =>
  hosts?.map((each) => (typeof each === 'string' ? each : each.host)) ?? (host === undefined ? [] : [host]);

/** Port on one of its hosts. */
export function portOn({ hosts = [], port }: Pick<HostsPlacement, 'hosts' | 'port'>, host: string): number {
  const own = hosts.find((each) => typeof each !== 'string' && each.host === host);
  return typeof own === 'object' ? own.port : port;
}

/** The fields of such a placement. */
export const hostsShape = ({ z, port, duration }: PlacementSchemaValues) => ({
  host: z.string().optional().describe('Host of the fleet with the role app'),
  hosts: z
    .array(z.union([z.string(), z.strictObject({ host: z.string(), port })]))
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Hosts in place of `host`, each with a port of its own where it needs one. Requests are spread over them; ' +
        'the first has the background work',
    ),
  port: port.describe('Port that the service listens on, on each of its hosts'),
  drain: duration
    .optional()
    .describe('How long a request under way may go on when its worker is replaced or stopped. Default: `timing.drain`'),
});

/** What the schema cannot see: exactly one of `host` and `hosts`, and no host twice. */
const problemsOf = (placement: HostsPlacement): Problem[] => [
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
];

/** What a platform that runs services on hosts of the fleet says of a placement. */
export const ON_HOSTS = {
  hosts: hostsOf,
  port: portOn,
  targets: (placement: HostsPlacement, addressOf: (host: string) => string): Target[] =>
    hostsOf(placement).map((host) => ({ host, url: `http://${addressOf(host)}:${portOn(placement, host)}` })),
  problems: problemsOf,
  drain: ({ drain }: HostsPlacement): string | undefined => drain,
};
