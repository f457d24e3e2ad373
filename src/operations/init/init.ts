import type { z } from 'zod';
import { access, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { diskFullError, isDiskFull } from '../../core/disk-full.js';
import { UserError } from '../../core/errors.js';
import { addToFleetFile, refused, type FleetChange } from '../../fleet/edit.js';
import { FLEET_FILE, loadFleet } from '../../fleet/load.js';
import { parseFleet } from '../../fleet/parse.js';
import { describeAll, type SchemaRegistry } from '../../fleet/registry.js';
import type { ProviderModule } from '../../providers/contracts/module.js';
import { findApps } from './apps.js';
import { fleetText, type NewFleet, type ServiceEntry } from './fleet-text.js';
import { hostEntry, hostQuestions, providerEntries } from './host-questions.js';
import { fleetQuestion, parseSettings, routerQuestion, serviceQuestions, type Answers, type Ask } from './questions.js';
import { schemaReference } from './schema-reference.js';
import type { result } from './init.schema.js';

export type InitResult = z.output<typeof result>;

export interface InitOptions {
  /** Absolute path of the fleet file. */
  file: string;
  version: string;
  /** Absolute path of the schema that fanops ships. */
  schema: string;
  /** What a fleet file may name. */
  registry: SchemaRegistry;
  ask: Ask;
  /** More settings as KEY=REF; asked for once the service is known. */
  settings(): Promise<string[]>;
  /** True when a service must be named, so that none is no answer. */
  service: boolean;
}

/** The fleet file that `init` is about, and whether it is there. */
export async function initFile(cwd: string, named: string | undefined): Promise<{ file: string; exists: boolean }> {
  const file = resolve(cwd, named ?? FLEET_FILE);
  return {
    file,
    exists: await access(file).then(
      () => true,
      () => false,
    ),
  };
}

/** All providers, in the order in which they are proposed. */
const providersIn = async (registry: SchemaRegistry): Promise<ProviderModule[]> => [
  ...(await describeAll(registry, 'provider')).values(),
];

/** Writes a new fleet file. @throws UserError when the answers make no valid one, or when it is there already. */
export async function initFleet(options: InitOptions): Promise<InitResult> {
  const { file, ask, registry } = options;
  const dir = dirname(file);
  const known = await providersIn(registry);
  const service = serviceQuestions({
    found: await findApps(dir),
    taken: { services: [], paths: [], ports: [] },
    hosts: [],
    wanted: options.service,
    routed: (before) => before['router-port'] !== 'none',
  });
  const questions = [fleetQuestion(dir), ...hostQuestions([], [], known), routerQuestion, ...service];
  const answers = await ask(questions);
  const { name: fleet = '', host = '' } = answers;
  const router = answers['router-port'] === 'none' ? undefined : { host, listen: Number(answers['router-port']) };
  const services: NewFleet['services'] = answers.source
    ? { [answers.service ?? '']: await serviceEntry(answers, options) }
    : {};
  const schema = await schemaReference(dir, options.schema);
  const text = fleetText({
    fleet,
    version: options.version,
    schema,
    providers: providerEntries(answers, [], known),
    known: known.map(({ name }) => name),
    router,
    services,
    hosts: { [host]: hostEntry(answers, router ? ['app', 'router'] : ['app']) },
  });
  try {
    await parseFleet(text, file, registry);
  } catch (error) {
    throw refused(`${file} was not written.`, error);
  }
  await writeFile(file, text, { flag: 'wx' }).catch(async (error: NodeJS.ErrnoException) => {
    if (isDiskFull(error)) {
      // What stands there is cut off, and nobody else's: it was made by this call.
      await rm(file, { force: true });
      throw diskFullError(file, error);
    }
    throw new UserError(
      error.code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written: ${error.message}`,
      {
        cause: error,
      },
    );
  });
  return { file, created: true, fleet, hosts: [host], services: Object.keys(services), router: router !== undefined };
}

/** Adds a host to a fleet file. */
export async function initHost({
  file,
  ask,
  registry,
}: Pick<InitOptions, 'file' | 'ask' | 'registry'>): Promise<InitResult> {
  const [before, known] = [await loadFleet(file, registry), await providersIn(registry)];
  const configured = Object.keys(before.config.providers ?? {});
  const answers = await ask(hostQuestions(before.hostNames(), configured, known));
  const name = answers.host ?? '';
  const sections = Object.entries(providerEntries(answers, configured, known)).map(
    ([provider, value]): FleetChange => ({
      path: ['providers', provider],
      value,
    }),
  );
  const fleet = await addToFleetFile(file, registry, ...sections, {
    path: ['hosts', name],
    value: hostEntry(answers, ['app']),
  });
  return {
    file,
    created: false,
    fleet: fleet.name,
    hosts: [name],
    services: [],
    router: fleet.config.router !== undefined,
  };
}

/** Adds a service to a fleet file. @throws UserError when the file has no host to run it on. */
export async function initService(options: Omit<InitOptions, 'schema' | 'version'>): Promise<InitResult> {
  const { file, ask, registry } = options;
  const before = await loadFleet(file, registry);
  const hosts = before.hostNames().filter((host) => before.host(host).roles.includes('app'));
  if (hosts.length === 0) throw new UserError(`${file} has no host with the role app.`, { hint: 'Add a host first.' });
  const known = before.serviceNames().map((service) => resolve(before.dir, before.service(service).source));
  const found = (await findApps(before.dir)).filter(({ source }) => !known.includes(resolve(before.dir, source)));
  const services = before.serviceNames().map((service) => before.service(service));
  const taken = {
    services: before.serviceNames(),
    paths: services.flatMap(({ route }) => (route && !route.host ? [route.path] : [])),
    ports: [
      before.config.router?.listen ?? 0,
      ...before
        .placements()
        .flatMap(({ service, name }) =>
          before.hostsOf(service, name).flatMap((each) => before.portOf(service, name, each) ?? []),
        ),
    ],
  };
  const answers = await ask(
    serviceQuestions({ found, taken, hosts, wanted: true, routed: () => before.config.router !== undefined }),
  );
  const name = answers.service ?? '';
  const value = await serviceEntry(answers, options);
  const fleet = await addToFleetFile(file, registry, { path: ['services', name], value });
  return {
    file,
    created: false,
    fleet: fleet.name,
    hosts: [],
    services: [name],
    router: fleet.config.router !== undefined,
  };
}

async function serviceEntry(answers: Answers, { settings }: Pick<InitOptions, 'settings'>): Promise<ServiceEntry> {
  const { source = '', url = '', host = '', port = '', route } = answers;
  const values = parseSettings(await settings());
  return {
    source,
    ...(route === undefined ? {} : { route: { path: route } }),
    ...(Object.keys(values).length > 0 ? { settings: values } : {}),
    placements: { azure: { platform: 'azure-functions', url }, vm: { platform: 'pm2', host, port: Number(port) } },
  };
}
