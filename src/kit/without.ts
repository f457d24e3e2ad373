import { UserError } from '../core/errors.js';
import type { Fleet } from '../fleet/fleet.js';

/**
 * Hosts of a placement that a change leaves out, as the user named them.
 * @throws UserError (exit 2) for a name that is no host of it, or when none would be left
 */
export function requireHostsOf(
  fleet: Fleet,
  service: string,
  placement: string,
  without: readonly string[] = [],
): readonly string[] {
  const hosts = fleet.hostsOf(service, placement);
  const where = `services.${service}.placements.${placement}`;
  const hint = `Its hosts: ${hosts.join(', ') || 'none'}.`;
  const unknown = without.find((host) => !hosts.includes(host));
  if (unknown !== undefined) throw new UserError(`${service} on ${placement} has no host ${unknown}.`, { where, hint });
  if (without.length > 0 && hosts.every((host) => without.includes(host)))
    throw new UserError(`Nothing of ${service} on ${placement} is left without ${without.join(', ')}.`, {
      where,
      hint,
    });
  return without;
}
