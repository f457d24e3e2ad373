import type { z } from 'zod';
import type { Problem } from '../../core/problem.js';
import type { ArtifactKind } from '../../runtimes/contracts/module.js';
import type * as values from '../../fleet/schema-values.js';

/** What a platform may be able to do. What it lacks fails with an error that names it (code NO_CAPABILITY). */
export const PLATFORM_CAPABILITIES = ['releases', 'background', 'logs'] as const;
export type PlatformCapability = (typeof PLATFORM_CAPABILITIES)[number];

/** A placement as it stands in the fleet file: all but `platform` is known to its platform only. */
export type PlacementSection = { readonly platform: string };

/** What the schema of a placement is built from; handed over so that a module can be read without loading zod. */
export type PlacementSchemaValues = typeof values;

/** A program that a host must have for a platform. */
export interface HostTool {
  /** As messages name it. */
  name: string;
  /** The command line that ends well where it is there, and prints its version. */
  probe: readonly string[];
  /** What to do where it is missing, or refuses the login. */
  hint: string;
  /** Task of `fanops host bootstrap` that brings it. */
  task?: string;
}

/** Where the router sends requests of a placement. */
export interface Target {
  /** Host of the fleet; absent for an address that somebody else runs. */
  host?: string;
  /** Base address without a slash at its end. */
  url: string;
  /** Name that is asked for by TLS and checked in the certificate. Default: the host of `url`. */
  serverName?: string;
  /** Whether the certificate is checked. Default: true. */
  verify?: boolean;
  /** PEM file of the authorities that it is checked by, relative to the fleet file. */
  trustedCertificate?: string;
}

/**
 * A platform, as it describes itself. `config.ts` of its folder has one; neither zod nor the platform's code is loaded
 * for it. The fleet schema, checks of hosts and ports, firewalls, routes and errors about capabilities are put together
 * from these. `P`: a placement of it in the fleet file.
 */
export interface PlatformModule<P extends PlacementSection = PlacementSection> {
  /** As in the fleet file; also the name of its folder. */
  readonly name: string;
  /** What it is, in a few words: `a process under PM2 on a host of the fleet`. */
  readonly summary: string;
  readonly capabilities: readonly PlatformCapability[];
  /** In what form it takes an app, the best first; none: nothing is deployed to it. */
  readonly accepts: readonly ArtifactKind[];
  /** The schema of a placement, `platform` included. */
  placement(values: PlacementSchemaValues): z.ZodType<P>;
  /**
   * Hosts of the fleet on which it runs a service; none: it runs elsewhere. The file names them by `host` or `hosts`.
   */
  hosts(placement: P): readonly string[];
  /** Port at which the service answers on one of those hosts. */
  port(placement: P, host: string): number | undefined;
  /** @param addressOf address of a host of the fleet as the router reaches it */
  targets(placement: P, addressOf: (host: string) => string): readonly Target[];
  /** What its hosts must have in place of Node, npm and PM2. Absent: those. */
  readonly tools?: readonly HostTool[];
  /** How long requests under way may go on when it ends there, as a duration. Absent: `timing.drain`. */
  drain?(placement: P): string | undefined;
  /** What the schema cannot see; paths start in the placement. */
  problems?(placement: P): Problem[];
  /** The key that names an address to which function keys of the service are sent. */
  readonly keysTo?: string;
  /** What the user is to know when a migration comes here, and nothing is deployed by it. */
  arriving?(placement: P): string[];
  /** What the user is to know when a migration leaves here. @param name of the placement */
  leaving?(placement: P, name: string): string[];
  /** What the user is to know when the way back here is given up. */
  retired?(placement: P, at: { service: string; name: string }): string[];
}

export type PlatformModules = ReadonlyMap<string, PlatformModule>;
