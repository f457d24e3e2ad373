import type { Fleet } from '../../fleet/fleet.js';

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

export const labelArgs = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);

export const filterArgs = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).flatMap(([key, value]) => ['--filter', `label=${key}=${value}`]);

/** Network of a service, on which its containers find each other by their names. */
export const networkName = (service: string): string => `fanops-${service}`;

/** What the app keeps from release to release. */
export const volumeName = (service: string): string => `fanops-${service}-state`;

/** A release runs in another container with its timers and queue triggers on than with them off. */
export const containerName = (service: string, release: string, background: boolean): string =>
  `fanops-${service}-${release}${background ? '' : '-quiet'}`;

export const trialName = (service: string, release: string): string => `fanops-${service}-${release}-trial`;

export const proxyName = (service: string, port: number): string => `fanops-${service}-proxy-${port}`;

export const imageRepository = (service: string): string => `fanops/${service}`;
export const imageName = (service: string, release: string): string => `${imageRepository(service)}:${release}`;
export const proxyRepository = (service: string): string => `fanops/${service}-proxy`;

/** Names of containers that fanops gives: nobody else may have one of them. */
export const isOurName = (service: string, name: string): boolean =>
  name.startsWith(`fanops-${service}-`) &&
  /^(proxy(-\d+)?|\d{8}-\d{6}-[0-9a-f]+(-quiet|-trial)?)$/.test(name.slice(`fanops-${service}-`.length));
