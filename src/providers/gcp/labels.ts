import { TAGS, type Ownership } from '../contracts/ownership.js';
import { shortName } from '../short-name.js';

export const GCP = { name: 'gcp', title: 'Google Cloud' } as const;

/**
 * Labels of a thing. Their values may hold lower-case letters, digits, dashes and underscores only, so a run id is
 * lower-cased.
 */
export const labelsOf = ({ fleet, host, run }: Ownership): Record<string, string> => ({
  [TAGS.fleet]: fleet,
  [TAGS.host]: host,
  [TAGS.run]: run.toLowerCase(),
});

/** A filter of a list for what belongs to a fleet, or to one host of it. */
export const ownedBy = (fleet: string, host?: string): string =>
  [`labels.${TAGS.fleet}=${fleet}`, ...(host === undefined ? [] : [`labels.${TAGS.host}=${host}`])].join(' AND ');

/** Names of things: at most 63 characters. */
export const thingName = (fleet: string, host: string): string => shortName(`fanops-${fleet}-${host}`, 63);

/** Name of a firewall rule of a host. */
export const ruleName = (fleet: string, host: string, what: string): string =>
  `${shortName(`fanops-${fleet}-${host}`, 62 - what.length)}-${what}`;
