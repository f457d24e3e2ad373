import { z } from 'zod';
import { HOOK_NAMES, hookKey, type HookKey, type HookName } from './earlier-spelling.js';
import { examplesOf, providerSections, readersOf } from './provider-sections.js';
import type { PlacementSection } from '../platforms/contracts/module.js';
import type { EngineSetting } from '../routers/contracts/module.js';
import { enginesTaking, type LoadedModules } from './registry.js';
import { cidr, duration, healthPath, name, nameServer, port, reference, region, urlPath } from './schema-values.js';
import { timing } from './timing-schema.js';
import { routerTimeouts } from './timeouts-schema.js';

const sshFrom = z
  .union([z.literal('auto'), z.array(cidr).min(1)])
  .describe('Addresses that may reach SSH of hosts that a cloud makes. auto: the one that this machine has now');

const role = z.enum(['app', 'router', 'bastion', 'ops-hub']);

const host = (modules: LoadedModules) =>
  z.strictObject({
    provider: z
      .enum(modules.names.provider)
      .optional()
      .describe('Who owns the machine. Without it, `address` names a machine that exists'),
    roles: z.array(role).min(1).describe('What the host is for'),
    size: z
      .string()
      .min(1)
      .optional()
      .describe(`Size in the words of the provider: ${examplesOf(modules, 'size')}. Default: a small one`),
    image: z
      .string()
      .min(1)
      .optional()
      .describe(
        'debian-12, debian-13, ubuntu-22.04, ubuntu-24.04, or an identifier of the provider. Default: debian-12',
      ),
    region: region
      .optional()
      .describe(`Region of a host of ${readersOf(modules, 'region')}. Default: that of the provider`),
    zone: z
      .string()
      .min(1)
      .optional()
      .describe(`Zone: ${examplesOf(modules, 'zone', true)}. Default: that of the provider, or any`),
    disk: z
      .int()
      .min(8)
      .max(16384)
      .optional()
      .describe('Root disk in GiB. Default: what the image asks for, at least 10'),
    sshFrom: sshFrom.optional(),
    address: z
      .string()
      .min(1)
      .optional()
      .describe('Name or address of a machine that exists, or an alias of ssh_config'),
    port: port.optional().describe('SSH port. Default: what ssh_config says, else 22'),
    user: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Login. Default: deploy on a host that a cloud or Docker makes; else what ssh_config says, ' +
          'else the user who runs fanops',
      ),
    identity: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Private key file. Default: what ssh_config says, the SSH agent, ~/.ssh/id_*; before those ' +
          '~/.fanops/keys/FLEET on a host that a cloud or Docker makes',
      ),
    jump: z
      .array(z.string())
      .max(2)
      .optional()
      .describe('Hosts of the fleet to go through, the nearest first. Default: what ssh_config says; [] for none'),
    sudoPassword: reference
      .optional()
      .describe('Password for sudo. Default: none is sent; in a terminal it is asked for'),
    hostKey: z
      .string()
      .regex(/^(ssh|ecdsa|sk)-\S+ \S+/, 'a public key: ssh-ed25519 AAAA...')
      .optional()
      .describe('The host key to expect'),
  });

/** A placement: what it says beside its platform is known to that alone. */
export type PlacementConfig = PlacementSection;

/** What only one runtime reads of a service, under the key of its name. */
const sectionsOf = ({ schemas, runtimes }: LoadedModules): Record<string, z.ZodType> =>
  Object.fromEntries(
    [...schemas.runtime].map(([name, schema]) => [name, schema.optional().describe(runtimes.get(name)?.summary ?? '')]),
  );

/** One placement, by the platforms that were loaded. */
const placement = ({ names, schemas }: LoadedModules): z.ZodType<PlacementConfig> => {
  const [first, ...others] = [...schemas.platform.values()] as z.ZodObject<{ platform: z.ZodLiteral<string> }>[];
  return (first
    ? z.discriminatedUnion('platform', [first, ...others])
    : z.strictObject({
        platform: z.enum(names.platform as [string, ...string[]]),
      })) as unknown as z.ZodType<PlacementConfig>;
};

const parityRequest = z.strictObject({
  method: z
    .enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])
    .optional()
    .describe('Method of the request. Default: GET'),
  path: z
    .string()
    .regex(/^\/\S*$/, 'a path with its query, starting with /')
    .describe('Path of the request, with its query'),
  headers: z.record(z.string(), z.string()).optional().describe('Headers of the request'),
  body: z
    .union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .optional()
    .describe('Text, or JSON'),
  compareHeaders: z.array(z.string()).optional().describe('Headers that must be alike. Default: content-type'),
  ignore: z
    .array(z.string())
    .optional()
    .describe('Paths in a JSON body that may differ: /generatedAt, /gates/*/updatedAt'),
});

const gate = z.strictObject({
  maxErrorRate: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of answers of the new side that may be errors. Default: 0.01'),
  maxShareIncrease: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('By how much the share of 3xx, 4xx or 5xx may clearly be above that of the old side. Default: 0.02'),
  maxLatencyRatio: z
    .number()
    .positive()
    .optional()
    .describe('How many times the 95th percentile of the old side the new one may take. Default: 3'),
  latencyFloor: duration.optional().describe('A 95th percentile below this never breaches. Default: 250ms'),
  minRequests: z.int().min(1).optional().describe('Answers of the new side needed to judge a step. Default: 5'),
  timeout: duration.optional().describe('How long a step waits for that many, then traffic goes back. Default: 1m'),
});

const service = (modules: LoadedModules) =>
  z.strictObject({
    source: z.string().min(1).describe('Folder of the app, relative to this file'),
    runtime: z
      .enum(modules.names.runtime as [string, ...string[]])
      .optional()
      .describe(`What it is written for. Default: that of a section that it has, else what its source is found to be`),
    ...sectionsOf(modules),
    route: z
      .strictObject({
        path: urlPath.describe('Requests whose path begins with it; the longest path wins'),
        host: z.string().min(1).optional().describe('Only requests for this host name. Default: any'),
      })
      .optional()
      .describe('What the router sends to it'),
    placements: z.record(name('placement'), placement(modules)).describe('The ways it can run'),
    placement: z.string().optional().describe('Where it runs before its first migration. Default: the first placement'),
    settings: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.:-]*$/), z.string())
      .optional()
      .describe('App settings: plain values or references'),
    keys: reference.optional().describe('Function keys, as `az functionapp keys list` prints them'),
    parity: z.array(parityRequest).optional().describe('Requests that both sides must answer alike'),
    health: healthPath
      .optional()
      .describe(
        'What the router host asks before a placement gets traffic: a path with its query, below the ' +
          'url of the placement. Default: the first GET or HEAD in parity',
      ),
    gate: gate.optional().describe('When a migration sends all traffic back by itself'),
  });

const hook = z.union([
  z.string().min(1).describe('Command for sh, run in the folder of this file'),
  z.strictObject({
    run: z.string().min(1).describe('Command for sh, run in the folder of this file'),
    timeout: duration.optional().describe('How long it may take. Default: 1m'),
  }),
]);

/** Which engines take a setting of the router. */
const enginesWith = ({ engines }: LoadedModules, setting: EngineSetting): string =>
  `Engines ${enginesTaking(engines, setting).join(' and ')} only`;
const hookDescription = (hook: HookName): string => {
  const [when, phase] = hook.split('-');
  return `Command on this machine ${when} ${phase}; one that fails fails the run`;
};

const hooks = z.strictObject(
  Object.fromEntries(
    HOOK_NAMES.map((name) => [hookKey(name), hook.optional().describe(hookDescription(name))]),
  ) as Record<HookKey, z.ZodOptional<typeof hook>>,
);

/** The fleet file as it is written, put together from modules. No transforms, so that the JSON Schema says the same. */
export const fleetSchema = (modules: LoadedModules) =>
  z.strictObject({
    fleet: name('fleet').describe('Name of the fleet'),
    fanops: z.string().optional().describe('Versions of fanops that may act on it: ">=0.1"'),
    providers: providerSections(modules).optional().describe('Settings of the providers that own machines'),
    sshFrom: sshFrom.optional(),
    sshKeys: z
      .array(z.string().regex(/^(ssh|ecdsa|sk)-\S+ \S+|^file:/, 'a public key, or file:PATH of one'))
      .optional()
      .describe('Public keys that may log in to hosts that fanops makes, beside that of the operator who makes them'),
    hosts: z.record(name('host'), host(modules)).describe('Machines of the fleet, by name'),
    router: z
      .strictObject({
        host: z.string().describe('Host of the fleet with the role router'),
        engine: z
          .enum(modules.names.engine as [string, ...string[]])
          .optional()
          .describe(
            'What does the work. `fanops router apply` moves from one to another. Default: ' + modules.names.engine[0],
          ),
        listen: port.describe('Port that users reach'),
        address: z.string().optional().describe('Address to listen on. Default: 127.0.0.1 on a local host, else all'),
        tls: z
          .strictObject({
            certificate: z
              .string()
              .min(1)
              .describe('PEM file with the certificate and its chain, relative to this file'),
            key: reference.describe('Its private key: file:PATH or env:NAME'),
            redirect: z.boolean().optional().describe('Whether httpPort sends users to the TLS port. Default: true'),
          })
          .optional()
          .describe(`\`listen\` speaks TLS. ${enginesWith(modules, 'tls')}`),
        httpPort: port.optional().describe(`Port for plain HTTP beside TLS. ${enginesWith(modules, 'httpPort')}`),
        resolver: z
          .array(nameServer)
          .min(1)
          .optional()
          .describe(
            'Name servers for the names of placements. Default: those of the router host. ' +
              enginesWith(modules, 'resolver'),
          ),
        trustedProxies: z
          .array(cidr)
          .min(1)
          .optional()
          .describe(
            'Addresses and networks of proxies in front whose X-Forwarded-*, X-Real-IP and ' +
              'Forwarded headers reach the apps. Default: none, all are overwritten',
          ),
        timeouts: routerTimeouts.optional().describe('Time limits of requests, the same with each engine'),
      })
      .optional()
      .describe('What users reach first: it sends the requests of a route to the placement of its service'),
    services: z.record(name('service'), service(modules)).optional().describe('What the fleet runs, by name'),
    timing: timing.optional().describe('How long the parts of a migration, deploy or rollback wait'),
    hooks: hooks.optional().describe('Commands on this machine before and after the phases of deploy and migrate'),
  });

export type FleetFile = z.infer<ReturnType<typeof fleetSchema>>;
export type HostConfig = FleetFile['hosts'][string];
export type ServiceConfig = NonNullable<FleetFile['services']>[string];
export type GateConfig = NonNullable<ServiceConfig['gate']>;
export type ParityRequest = NonNullable<ServiceConfig['parity']>[number];
export type RouterConfig = NonNullable<FleetFile['router']>;
