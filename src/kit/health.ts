import type { Fleet } from '../fleet/fleet.js';
import type { ServiceConfig } from '../fleet/schema.js';
import type { HealthRequest } from './route.js';

/**
 * What a probe asks each placement of a service: its health path, else its first safe parity request, else what its
 * platform offers.
 * A placement that is not named is asked for the path of its route. Undefined when the fleet file does not have the
 * service.
 */
export function healthOf(fleet: Fleet, service: string): Record<string, HealthRequest> | undefined {
  const config = fleet.serviceNames().includes(service) ? fleet.service(service) : undefined;
  if (!config) return undefined;
  const named = config.health === undefined ? safeRequest(config) : { path: config.health };
  return Object.fromEntries(
    Object.keys(config.placements).flatMap((name) => {
      const request =
        named ?? (fleet.can(service, name, 'releases') ? fleet.runtime(service).health?.(config) : undefined);
      return request ? [[name, request]] : [];
    }),
  );
}

/** The first parity request that changes nothing. */
function safeRequest({ parity = [] }: ServiceConfig): HealthRequest | undefined {
  for (const { method = 'GET', path, headers, body } of parity) {
    if (body !== undefined || (method !== 'GET' && method !== 'HEAD')) continue;
    return { ...(method === 'HEAD' && { method }), path, ...(headers && { headers }) };
  }
  return undefined;
}
