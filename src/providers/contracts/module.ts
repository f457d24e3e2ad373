import type { z } from 'zod';
import type { Problem } from '../../core/problem.js';
import type * as values from '../../fleet/schema-values.js';
import type { EndpointField } from './endpoints.js';
import type { Capabilities, Provider } from './provider.js';
import type { HostWish, ProviderSetup } from './setup.js';

/**
 * What hosts of a provider are like, for everybody who must not know which provider it is. Known without loading the
 * provider.
 */
export interface HostTraits {
  /**
   * `loopback`: parts of this machine, which share its ports and reach each other at 127.0.0.1. `bridge`: on a network
   * of this machine, which reaches their
   * private addresses. `routed`: at an address of their own; hosts of one provider and region reach each other's
   * private ones.
   */
  network: 'loopback' | 'bridge' | 'routed';
  /** True where nobody becomes root: no command is run by sudo. */
  rootless: boolean;
  /** True where fanops installs what a host needs (Node, PM2, packages). False: it only looks whether it is there. */
  bootstrap: boolean;
  /**
   * Hosts boot with user data that makes this login and brings keys. Absent: the provider tells login and key with the
   * endpoint.
   */
  firstBoot?: { login: string };
  /** True where an init system starts services again after the host was stopped. */
  initSystem: boolean;
  /** True where starting a stopped host costs nothing and changes nothing on it, so that `doctor --fix` may do it. */
  freeStart: boolean;
}

/** Fields of a host in the fleet file that some providers read and others do not. */
export type HostField = 'size' | 'image' | 'disk' | 'region' | 'zone' | 'sshFrom';

/** Something that `init` asks about a provider for its section of the fleet file. */
export interface ProviderQuestion {
  /** Key in the section, and name of the flag. */
  key: string;
  /** Question in a terminal. */
  message: string;
  /** Text of the flag in `fanops init --help`. */
  description: string;
  /** What the flag takes, for help: `ID`. Default: the type of the flag. */
  helpValue?: string;
  /** False when it may be left empty, which leaves the key out. */
  required: boolean;
  /** True, or what is wrong with an answer. Default: anything that is not empty will do. */
  check?(text: string): true | string;
}

/** What schemas are built from; handed over so that a module can be read without loading zod. */
export type SchemaValues = typeof values;

/**
 * A provider, as it describes itself. `config.ts` of its folder has one; neither zod nor an SDK is loaded for it. The
 * fleet schema, `init`, `doctor`,
 * errors about capabilities and docs/providers.md are put together from these. `C`: its section of `providers` in the
 * fleet file.
 */
export interface ProviderModule<C = unknown> {
  /** As in the fleet file; also the name of its folder. */
  readonly name: string;
  /** What its hosts are, as a choice of `init`: `a machine of EC2 in AWS`. */
  readonly summary: string;
  readonly traits: HostTraits;
  /** What it can do. The provider that `load` gives has exactly these. */
  readonly capabilities: readonly (keyof Capabilities)[];
  /** Fields of hosts that it reads; others are refused in the file. */
  readonly hostFields: readonly HostField[];
  /** Values of fields in its own words, for the texts of the schema. */
  readonly examples: Readonly<Partial<Record<HostField, string>>>;
  /**
   * Keys of its section that need no trust: they say nothing of accounts, logins, addresses or what hosts are made of.
   */
  readonly plainSettings: readonly string[];
  /** Keys of its section that are addresses to which logins are sent. */
  readonly endpoints: readonly EndpointField[];
  readonly questions: readonly ProviderQuestion[];
  /** The schema of its section. */
  config(values: SchemaValues): z.ZodType<C>;
  /** What the schema of its section cannot see; paths start in the section. */
  configProblems?(config: C): Problem[];
  /** What is wrong with fields of a host of it; paths start in the host. */
  hostProblems?(host: HostWish): Problem[];
  /** Loads its code. No SDK is loaded before a capability is used. */
  load(): Promise<(setup: ProviderSetup<C>) => Provider>;
}

/** Ties the parts of a module to the type of its section. */
export const defineProvider = <C>(module: ProviderModule<C>): ProviderModule => module as ProviderModule;

/** What a machine of a cloud is like. */
export const CLOUD_MACHINE: HostTraits = {
  network: 'routed',
  rootless: false,
  bootstrap: true,
  firstBoot: { login: 'deploy' },
  initSystem: true,
  freeStart: false,
};

/** Problems of a range of ports `FIRST-LAST` at a key of a section. */
export function portRangeProblems(key: string, range: string | undefined): Problem[] {
  const [first = 0, last = 0] = range?.split('-').map(Number) ?? [1, 1];
  if (first > 0 && first <= last && last <= 65535) return [];
  return [
    { path: [key], message: 'is no range of ports', hint: 'Write two ports from 1 to 65535, the smaller first.' },
  ];
}
