import { stringify } from 'yaml';

/** A host as it stands in a fleet file. */
export interface HostEntry {
  provider?: string;
  roles: string[];
  address?: string;
  user?: string;
  port?: number;
}

/** Sections of `providers` as they stand in a fleet file. */
export type ProviderEntries = Record<string, Record<string, string>>;

/** A service as it stands in a fleet file. */
export interface ServiceEntry {
  source: string;
  route?: { path: string };
  settings?: Record<string, string>;
  placements: Record<string, Record<string, string | number>>;
}

/** What a new fleet file says. */
export interface NewFleet {
  fleet: string;
  /** Version of fanops that writes it. */
  version: string;
  /** Where editors find the schema. */
  schema: string;
  providers: ProviderEntries;
  /** Names of all providers that there are. */
  known: readonly string[];
  hosts: Record<string, HostEntry>;
  router?: { host: string; listen: number };
  services: Record<string, ServiceEntry>;
}

const scalar = (value: string | number): string => stringify(value, { lineWidth: 0 }).trimEnd();
const inline = (value: object): string =>
  stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trimEnd().replaceAll('[ ', '[').replaceAll(' ]', ']');

function serviceLines([name, service]: [string, ServiceEntry]): string[] {
  const settings = Object.entries(service.settings ?? {});
  return [
    `  ${scalar(name)}:`,
    '    # Folder of the app, relative to this file.',
    `    source: ${scalar(service.source)}`,
    ...(service.route ? ['    # What the router sends to it.', `    route: ${inline(service.route)}`] : []),
    '    # App settings. Secrets stand here as references only: env:NAME, file:PATH or cmd:COMMAND.',
    ...(settings.length > 0
      ? ['    settings:', ...settings.map(([key, value]) => `      ${scalar(key)}: ${scalar(value)}`)]
      : ['    # settings:', '    #   AzureWebJobsStorage: env:STORAGE']),
    '    # The ways it can run. The first is where it is before its first migration.',
    '    placements:',
    ...Object.entries(service.placements).map(([key, value]) => `      ${scalar(key)}: ${inline(value)}`),
    '    # Requests that both sides must answer alike before a user is moved.',
    '    # parity:',
    `    #   - path: ${service.route?.path ?? '/api'}/...`,
  ];
}

/** The text of a new fleet file, with one line of explanation for each section. */
export function fleetText({ fleet, version, schema, providers, known, hosts, router, services }: NewFleet): string {
  const lines = [
    `# yaml-language-server: $schema=${schema}`,
    '# Name of the fleet.',
    `fleet: ${scalar(fleet)}`,
    '# Versions of fanops that may act on it.',
    `fanops: ">=${version.split('.').slice(0, 2).join('.')}"`,
    '',
    ...(Object.keys(providers).length > 0
      ? [
          '# Where hosts are made. Logins do not stand here: they are those that the command line ' +
            'tools of each cloud use.',
          'providers:',
          ...Object.entries(providers).map(([name, section]) => `  ${scalar(name)}: ${inline(section)}`),
          '',
        ]
      : []),
    `# Machines that are reached by SSH. A \`provider\` (${known.join(', ')}) makes one; \`address\` ` +
      'names a machine that exists.',
    'hosts:',
    ...Object.entries(hosts).map(([name, host]) => `  ${scalar(name)}: ${inline(host)}`),
    ...(router
      ? [
          '',
          "# What users' requests reach first. It splits the traffic of a service between its placements.",
          'router:',
          `  host: ${scalar(router.host)}`,
          `  listen: ${router.listen}`,
        ]
      : []),
    '',
    '# What answers requests or works in the background.',
    ...(Object.keys(services).length > 0
      ? ['services:', ...Object.entries(services).flatMap(serviceLines)]
      : ['services: {}']),
  ];
  return `${lines.join('\n')}\n`;
}
