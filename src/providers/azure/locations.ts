import type { HostWish } from '../contracts/setup.js';
import { programName } from './names.js';
import type { AzureConfig } from './sdk.js';

/** Regions of hosts. */
export class Locations {
  constructor(
    private readonly config: AzureConfig,
    private readonly hosts: Readonly<Record<string, HostWish>>,
  ) {}

  /** The region of hosts that name none. */
  get own(): string {
    return programName(this.config.location);
  }

  /** All regions that the fleet uses. */
  all(): string[] {
    return [...new Set([this.own, ...Object.keys(this.hosts).map((host) => this.of(host))])].sort();
  }

  of(host: string): string {
    return programName(this.hosts[host]?.region ?? this.config.location);
  }
}
