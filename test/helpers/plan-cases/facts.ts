import type { FanopsError } from '../../../src/core/errors.js';
import type { InstanceState } from '../../../src/providers/contracts/instances.js';
import type { FirewallRule } from '../../../src/providers/contracts/networks.js';
import type { SharedThing } from '../../../src/providers/contracts/shared.js';
import type { RunStatus } from '../../../src/runs/store.js';
import type { Analysis } from '../../../src/runtimes/azure-functions-node/analyse.js';

/** What is there before a plan is made. */
export interface Facts {
  /** ISO 8601. Default: 2026-11-21T02:11:36Z. */
  clock?: string;
  /** The fleet file, as data. */
  fleet: { fleet: string; hosts: Record<string, { provider?: string; address?: string }>; services?: object };
  hosts?: Record<string, HostWorld>;
  clouds?: Record<string, CloudFacts>;
  /** Source folders by service. */
  apps?: Record<string, AppFacts>;
  /** Files beside the fleet file, e.g. certificates. */
  sources?: Record<string, string>;
  /**
   * What a placement answers the router's probe, as `service/placement` or `service/placement/host`: a status, or why it
   * does not. Default: 200.
   */
  answers?: Record<string, number | string>;
  /** Runs of this machine's journal: id to status. */
  runs?: Record<string, RunStatus>;
}

/** What is on a host. */
export interface HostWorld {
  /** Code of the error with which connecting ends, e.g. `UNREACHABLE`. */
  unreachable?: string;
  /** What `router.json` holds beside its mark; absent where no router was installed. */
  router?: object;
  /** True for a program of a version that knows no probes. */
  oldRouter?: boolean;
  routes?: Record<string, RouteFacts>;
  services?: Record<string, ServiceFacts>;
  /** Processes under PM2 that fanops did not start. */
  pm2?: { name: string; script: string; status?: string }[];
  /** Ports on which other programs listen. */
  taken?: number[];
  /** Further files by path below the home: text, or data that is written as JSON. */
  files?: Record<string, string | object>;
}

/** A route in effect; version, run and the like are filled in. */
export interface RouteFacts {
  path: string;
  host?: string;
  placement: string;
  previous?: string;
  placements: Record<string, { url: string; weight: number; [more: string]: unknown }>;
  health?: object;
}

/** A service on a host: its record, and what was written with it. */
export interface ServiceFacts {
  release: string;
  previous?: string;
  port: number;
  address?: string;
  also?: { address: string; port: number }[];
  background?: boolean;
  instances?: number;
  keys?: boolean;
  run?: string;
  /** Releases on the host, oldest first. Default: the previous one and this one. */
  releases?: string[];
  /** Port that PM2 was given. Default: that of the record. */
  started?: number;
  /** True when only its releases are left. */
  stopped?: boolean;
}

/** A provider of machines. */
export interface CloudFacts {
  machines?: Record<string, { state?: InstanceState; private?: string; public?: string; run?: string; roles?: string }>;
  /** By host: rules as `PORT[-PORT] PURPOSE` to the networks that are let in. */
  firewalls?: Record<string, { run?: string; rules?: Record<string, string[]> }>;
  addresses?: { host: string; run: string; address: string }[];
  left?: SharedThing[];
  /** Regions that do not answer. */
  silent?: { where: string; message: string }[];
  /** What asking it ends with. */
  error?: Pick<FanopsError, 'message' | 'code' | 'hint'> & { exitCode?: number };
}

/** An app: a folder under `test/fixtures/apps` that the real functions host analyses, or what it would tell of one. */
export type AppFacts = { fixture: string } | (Partial<Analysis> & { lock?: boolean; missing?: boolean });

/** The rules of a firewall from its short form. */
export const rulesOf = (rules: Record<string, string[]> = {}): FirewallRule[] =>
  Object.entries(rules).map(([name, from]): FirewallRule => {
    const [ports = '', purpose = ''] = name.split(' ');
    const [first = '', last = first] = ports.split('-');
    return { protocol: 'tcp', ports: [Number(first), Number(last)], from, purpose };
  });
