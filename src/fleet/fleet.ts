import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { parseDuration } from '../core/duration.js';
import { BugError, UserError } from '../core/errors.js';
import type { PlatformCapability, PlatformModule, Target } from '../platforms/contracts/module.js';
import type { EngineModule } from '../routers/contracts/module.js';
import type { RuntimeModule } from '../runtimes/contracts/module.js';
import type { HostTraits } from '../providers/contracts/module.js';
import type { SourceFile } from './layers.js';
import { nearest } from './nearest.js';
import { ownValue } from './own-value.js';
import { engineNamedIn, runtimeNamedIn, type FleetModules, type ProviderModules } from './registry.js';
import { timingOf, type Timing } from './timing.js';
import type { FleetFile, HostConfig, PlacementConfig, RouterConfig, ServiceConfig } from './schema.js';

/** What a machine that exists already is like. */
const EXISTING: HostTraits = {
  network: 'routed',
  rootless: false,
  bootstrap: true,
  initSystem: true,
  freeStart: false,
};

/** Where a fleet comes from. */
export interface FleetSource {
  /** Absolute path of the base file. */
  file: string;
  /** Folder that relative paths start from. */
  dir: string;
  /** SHA-256 of the text of all files. */
  hash: string;
  /** Name of the environment that is laid over it. */
  environment?: string;
  files: readonly SourceFile[];
}

/** A fleet file that was read and found right, with look-ups that tell what exists when a name does not. */
export class Fleet {
  constructor(
    readonly config: FleetFile,
    readonly source: FleetSource,
    /** What the modules that it names say of themselves. */
    readonly modules: FleetModules,
  ) {}

  get providers(): ProviderModules {
    return this.modules.providers;
  }

  get file(): string {
    return this.source.file;
  }

  get dir(): string {
    return this.source.dir;
  }

  get hash(): string {
    return this.source.hash;
  }

  get name(): string {
    return this.config.fleet;
  }

  /** How long the parts of a change wait. */
  get timing(): Timing {
    return timingOf(this.config.timing);
  }

  hostNames(): string[] {
    return Object.keys(this.config.hosts);
  }

  serviceNames(): string[] {
    return Object.keys(this.config.services ?? {});
  }

  /** @throws UserError that names the hosts that exist. */
  host(name: string): HostConfig {
    return ownValue(this.config.hosts, name) ?? missing('host', name, this.hostNames());
  }

  /** @throws UserError that names the services that exist. */
  service(name: string): ServiceConfig {
    return ownValue(this.config.services ?? {}, name) ?? missing('service', name, this.serviceNames());
  }

  /** @throws UserError that names the service's placements. */
  placement(service: string, name: string): PlacementConfig {
    const { placements } = this.service(service);
    return ownValue(placements, name) ?? missing(`placement of ${service}`, name, Object.keys(placements));
  }

  /** Where a service runs when the router knows nothing of it yet. */
  initialPlacement(service: string): string {
    const config = this.service(service);
    return config.placement ?? Object.keys(config.placements)[0] ?? '';
  }

  /** @throws UserError when the file has no router. */
  router(): RouterConfig {
    if (this.config.router) return this.config.router;
    throw new UserError(`${this.file} has no router.`, { hint: 'Add `router: { host: ..., listen: 8080 }`.' });
  }

  /** The engine of the router, as it describes itself. @throws UserError when the file has no router. */
  engine(): EngineModule {
    const { engines, names } = this.modules;
    const name = String(engineNamedIn(this.router(), names.engine));
    const module = engines.get(name);
    if (module) return module;
    throw new BugError(`The engine ${name} of the router was not loaded.`);
  }

  /** The platform of a placement, as it describes itself. @throws UserError that names the service's placements. */
  platform(service: string, name: string): PlatformModule {
    const { platform } = this.placement(service, name);
    const module = this.modules.platforms.get(platform);
    if (module) return module;
    throw new BugError(`The platform ${platform} of placement ${name} of ${service} was not loaded.`);
  }

  /** The runtime of a service, as it describes itself. @throws UserError that names the services that exist. */
  runtime(service: string): RuntimeModule {
    const { runtimes, names } = this.modules;
    const name = String(runtimeNamedIn(this.service(service), names.runtime));
    const module = runtimes.get(name);
    if (module) return module;
    throw new BugError(`The runtime ${name} of ${service} was not loaded.`);
  }

  /** Whether the platform of a placement has a capability. */
  can(service: string, name: string, capability: PlatformCapability): boolean {
    return this.platform(service, name).capabilities.includes(capability);
  }

  /** Hosts of the fleet on which a placement runs; none: it runs elsewhere, or the file does not have it any more. */
  hostsOf(service: string, name: string): readonly string[] {
    const placement = ownValue(ownValue(this.config.services ?? {}, service)?.placements ?? {}, name);
    return placement ? this.platform(service, name).hosts(placement) : [];
  }

  /** Port at which a placement answers on one of its hosts. Default: the first. */
  portOf(service: string, name: string, host = this.hostsOf(service, name)[0]): number | undefined {
    return host === undefined ? undefined : this.platform(service, name).port(this.placement(service, name), host);
  }

  /** All placements, in the order of the file. */
  placements(): { service: string; name: string }[] {
    return this.serviceNames().flatMap((service) =>
      Object.keys(this.service(service).placements).map((name) => ({ service, name })),
    );
  }

  /** Placements that run on a host. */
  placementsOn(host: string): { service: string; name: string }[] {
    return this.placements().filter(({ service, name }) => this.hostsOf(service, name).includes(host));
  }

  /** Services that run on a host. */
  servicesOn(host: string): string[] {
    return [...new Set(this.placementsOn(host).map(({ service }) => service))];
  }

  /** How long requests under way of a service may go on when their worker on a host ends, in milliseconds. */
  drainMs(service: string, host: string): number {
    const [drain] = this.placementsOn(host).flatMap((each) => (each.service === service ? this.#drains(each) : []));
    return drain ?? this.timing.drainMs;
  }

  /** The longest time that a request under way of any service may go on, in milliseconds. */
  longestDrainMs(): number {
    return Math.max(this.timing.drainMs, ...this.placements().flatMap((each) => this.#drains(each)));
  }

  #drains({ service, name }: { service: string; name: string }): number[] {
    const drain = this.platform(service, name).drain?.(this.placement(service, name));
    return drain === undefined ? [] : [parseDuration(drain, 'drain')];
  }

  /** The login on a host, where the fleet file or the maker of the machine settles it. */
  loginOf(name: string): string | undefined {
    return this.host(name).user ?? this.traits(name).firstBoot?.login;
  }

  /** What a host is like, by its provider. */
  traits(name: string): HostTraits {
    const { provider } = this.host(name);
    if (provider === undefined) return EXISTING;
    const module = this.providers.get(provider);
    if (module) return module.traits;
    throw new BugError(`The provider ${provider} of host ${name} was not loaded.`);
  }

  /** Where the router sends requests of a placement. @param addressOf address of a host as the router reaches it */
  targets(service: string, name: string, addressOf: (host: string) => string): readonly Target[] {
    const placement = this.placement(service, name);
    return this.platform(service, name).targets(placement, (host) => {
      const address = host === this.config.router?.host ? '127.0.0.1' : addressOf(host);
      return address.includes(':') ? `[${address}]` : address;
    });
  }
}

/** The fleet of files that were found right. `modules`: those that it names. */
export function fleetOf(
  config: FleetFile,
  files: readonly SourceFile[],
  modules: FleetModules,
  environment?: string,
): Fleet {
  const hash = createHash('sha256');
  for (const { text } of files) hash.update(text).update('\0');
  const file = files[0]?.file ?? '';
  return new Fleet(config, { file, dir: dirname(file), hash: hash.digest('hex'), environment, files }, modules);
}

function missing(what: string, name: string, known: string[]): never {
  const near = nearest(name, known);
  throw new UserError(`There is no ${what} "${name}" in the fleet file.`, {
    code: 'UNKNOWN_NAME',
    hint:
      (near ? `Did you mean "${near}"? ` : '') +
      (known.length > 0 ? `There is: ${known.join(', ')}.` : 'There is none.'),
  });
}
