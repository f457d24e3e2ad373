import { createHash } from 'node:crypto';
import type { Fleet } from '../../fleet/fleet.js';
import { platform } from './config.js';

/** A service on a host. */
export interface ServiceAt {
  service: string;
  host: string;
}

/** Labels by which fanops knows its own: what has one of our names without them belongs to somebody else. */
const PREFIX = 'io.fanops.';

/** What a container is there for. */
export type Role = 'app' | 'trial' | 'proxy' | 'probe';

export const LABEL = {
  fleet: `${PREFIX}fleet`,
  service: `${PREFIX}service`,
  host: `${PREFIX}host`,
  release: `${PREFIX}release`,
  run: `${PREFIX}run`,
  role: `${PREFIX}role`,
  /** Of a proxy: where it listens on the host, `ADDRESS:PORT`, and the commands that its program knows. */
  listen: `${PREFIX}listen`,
  protocol: `${PREFIX}protocol`,
} as const;

/** The labels that prove that something is of a service of this fleet on a host. */
export const ownLabels = (fleet: Fleet, { service, host }: ServiceAt): Record<string, string> => ({
  [LABEL.fleet]: fleet.name,
  [LABEL.service]: service,
  [LABEL.host]: host,
});

/** Whether labels are those of a service of this fleet on a host. */
export const isOwn = (found: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => found[key] === value);

export const labelArgs = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);

export const filterArgs = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).flatMap(([key, value]) => ['--filter', `label=${key}=${value}`]);

/** What a service on a host has on an engine, by its names there. */
export interface Names {
  /** Network on which its containers find each other. */
  readonly network: string;
  /** What the app keeps from release to release. */
  readonly volume: string;
  /** A release runs in another container with its timers and queue triggers on than with them off. */
  container(release: string, background: boolean): string;
  trial(release: string): string;
  proxy(port: number): string;
  /** Whether a container has a name that fanops gives: nobody else may have one of them. */
  isOurs(name: string): boolean;
}

/**
 * The names of a service on a host. Where several of its hosts share an engine, those after the first have theirs in
 * them.
 */
export function namesOf(fleet: Fleet, { service, host }: ServiceAt): Names {
  const owner = sharing(fleet, service).indexOf(host) > 0 ? `${service}.${host}` : service;
  const prefix = `fanops-${owner}`;
  return {
    network: prefix,
    volume: `${prefix}-state`,
    container: (release, background) => `${prefix}-${release}${background ? '' : '-quiet'}`,
    trial: (release) => `${prefix}-${release}-trial`,
    proxy: (port) => `${prefix}-proxy-${port}`,
    isOurs: (name) => isOurName(owner, name),
  };
}

/** Whether a container has a name that fanops gives those of a service (or of `SERVICE.HOST`). */
export const isOurName = (owner: string, name: string): boolean =>
  name.startsWith(`fanops-${owner}-`) &&
  /^(proxy(-\d+)?|\d{8}-\d{6}-[0-9a-f]+(-quiet|-trial)?)$/.test(name.slice(`fanops-${owner}-`.length));

/** Hosts of a service that are parts of one machine, and so share its engine, as the fleet file lists them. */
function sharing(fleet: Fleet, service: string): string[] {
  const placements = fleet.serviceNames().includes(service) ? Object.entries(fleet.service(service).placements) : [];
  return placements
    .filter(([, each]) => each.platform === platform.name)
    .flatMap(([name]) => fleet.hostsOf(service, name))
    .filter((host, index, all) => all.indexOf(host) === index && fleet.traits(host).network === 'loopback');
}

/** Names in a network have at most 63 characters. */
const LONGEST = 63;

/** By which a container is reached on its network: its name, where that is not too long. */
export const networkAlias = (name: string): string =>
  name.length <= LONGEST ? name : `fanops-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;

export const imageRepository = (service: string): string => `fanops/${service}`;
export const imageName = (service: string, release: string): string => `${imageRepository(service)}:${release}`;
export const proxyRepository = (service: string): string => `fanops/${service}-proxy`;
