import { StartError } from '../core/errors.js';
import { member, type Section } from './section.js';
import { parseTimeSpan } from './timespan.js';

export interface HstsOptions {
  /** The value of the header. */
  header: string;
  /** Lower-cased host names that get none. */
  excludedHosts: string[];
}

const defaultMaxAge = 30 * 86_400;
/** Those that ASP.NET leaves out by itself. */
const alwaysExcluded = ['localhost', '127.0.0.1', '[::1]'];

/** `extensions.http.hsts` of host.json; undefined when it is off (specification 2.1). Throws StartError. */
export function hstsOptions(hsts: Section): HstsOptions | undefined {
  if (!isOn(member(hsts, 'isEnabled'))) return undefined;
  const raw = member(hsts, 'maxAge');
  const ms = raw === undefined || raw === null ? defaultMaxAge * 1000 : parseTimeSpan(String(raw));
  if (ms === undefined || ms < 0)
    throw new StartError('host.json: extensions.http.hsts.maxAge must be a number of days or d.hh:mm:ss.');
  const excluded = member(hsts, 'excludedHosts');
  const parts = [`max-age=${Math.floor(ms / 1000)}`];
  if (isOn(member(hsts, 'includeSubDomains'))) parts.push('includeSubDomains');
  if (isOn(member(hsts, 'preload'))) parts.push('preload');
  return {
    header: parts.join('; '),
    excludedHosts: [
      ...alwaysExcluded,
      ...(Array.isArray(excluded) ? excluded.map((host) => String(host).toLowerCase()) : []),
    ],
  };
}

function isOn(value: unknown): boolean {
  return String(value).toLowerCase() === 'true';
}
