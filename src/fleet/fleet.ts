import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { parseDuration } from '../core/duration.js';
import { BugError, UserError } from '../core/errors.js';
import type { HostTraits } from '../providers/contracts/module.js';
import type { SourceFile } from './layers.js';
import { nearest } from './nearest.js';
import { ownValue } from './own-value.js';
import type { ProviderModules } from './registry.js';
import { timingOf, type Timing } from './timing.js';
import type { FleetFile, HostConfig, PlacementConfig, Pm2Placement, RouterConfig, ServiceConfig } from './schema.js';

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
    /** What the providers that it names say of themselves. */
    readonly providers: ProviderModules,
  ) {}

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

  /** The placement, which must be one that fanops runs on a host. @throws UserError otherwise. */
  pm2Placement(service: string, name: string): Pm2Placement {
    const placement = this.placement(service, name);
    if (placement.platform === 'pm2') return placement;
    throw new UserError(
      `${service} runs on ${placement.platform} in placement ${name}: fanops does not run it there.`,
      {
        hint: 'Deploy and logs work on placements of platform pm2.',
        nextSteps: [`fanops migrate ${service}`],
      },
    );
  }

  /** How long requests under way of a service may go on when their worker on a host ends, in milliseconds. */
  drainMs(service: string, host: string): number {
    const placements = Object.values(ownValue(this.config.services ?? {}, service)?.placements ?? {});
    const drain = placements.flatMap((each) =>
      each.platform === 'pm2' && each.host === host && each.drain !== undefined ? [each.drain] : [],
    )[0];
    return drain === undefined ? this.timing.drainMs : parseDuration(drain, 'drain');
  }

  /** The longest time that a request under way of any service may go on, in milliseconds. */
  longestDrainMs(): number {
    const drains = this.serviceNames()
      .flatMap((service) => Object.values(this.service(service).placements))
      .flatMap((placement) =>
        placement.platform === 'pm2' && placement.drain !== undefined ? [parseDuration(placement.drain, 'drain')] : [],
      );
    return Math.max(this.timing.drainMs, ...drains);
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

  /** Base address of a placement as the router host sees it. */
  placementUrl(service: string, name: string, addressOf: (host: string) => string): string {
    const placement = this.placement(service, name);
    if (placement.platform === 'azure-functions') return placement.url.replace(/\/+$/, '');
    const address = placement.host === this.config.router?.host ? '127.0.0.1' : addressOf(placement.host);
    return `http://${address.includes(':') ? `[${address}]` : address}:${placement.port}`;
  }
}

/** The fleet of files that were found right. `providers`: those that it names. */
export function fleetOf(
  config: FleetFile,
  files: readonly SourceFile[],
  providers: ProviderModules,
  environment?: string,
): Fleet {
  const hash = createHash('sha256');
  for (const { text } of files) hash.update(text).update('\0');
  const file = files[0]?.file ?? '';
  return new Fleet(config, { file, dir: dirname(file), hash: hash.digest('hex'), environment, files }, providers);
}

function missing(what: string, name: string, known: string[]): never {
  const near = nearest(name, known);
  throw new UserError(`There is no ${what} "${name}" in the fleet file.`, {
    code: 'UNKNOWN_NAME',
    hint: `${near ? `Did you mean "${near}"? ` : ''}${known.length > 0 ? `There is: ${known.join(', ')}.` : 'There is none.'}`,
  });
}
