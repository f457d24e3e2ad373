import { messageOf } from '../../core/errors.js';
import { ProviderError } from '../contracts/errors.js';
import type { Listing } from '../contracts/instances.js';
import type { HostWish } from '../contracts/setup.js';
import type { GcpConfig } from './sdk.js';

/** Zones that a fleet uses: the default one and those of its hosts. */
export const zonesOf = (config: GcpConfig, hosts: Readonly<Record<string, HostWish>>): string[] =>
  [...new Set([config.zone, ...Object.values(hosts).flatMap(({ zone }) => (zone ? [zone] : []))])].sort();

/** What each zone lists. A zone that fails is named; when all do, or the login is missing, the error is raised. */
export async function listZones<T>(config: GcpConfig, hosts: Readonly<Record<string, HostWish>>, look: (zone: string) => Promise<T[]>): Promise<Listing<T>> {
  const zones = zonesOf(config, hosts);
  const looked = await Promise.allSettled(zones.map(look));
  const refused = looked.flatMap((result, index) => (result.status === 'rejected' ? [{ where: zones[index] ?? '', error: result.reason as unknown }] : []));
  const login = refused.find(({ error }) => error instanceof ProviderError && error.code === 'NOT_LOGGED_IN');
  if (login) throw login.error;
  if (refused[0] && refused.length === zones.length) throw refused[0].error;
  return {
    items: looked.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
    failed: refused.map(({ where, error }) => ({ where, message: messageOf(error) })),
  };
}
