import { UserError } from '../core/errors.js';
import type { Fleet } from '../fleet/fleet.js';

/**
 * Hosts that a change of a service in a placement leaves out, as the user named them.
 * @param retired a further placement whose hosts may be left out, all of them as well
 * @throws UserError (exit 2) for a name that is no host of it, or when none would be left
 */
export function requireHostsOf(
  fleet: Fleet,
  service: string,
  placement: string,
  without: readonly string[] = [],
  retired?: string,
): readonly string[] {
  const names = retired === undefined ? [placement] : [placement, retired];
  const own = fleet.hostsOf(service, placement);
  const hosts = [...new Set(names.flatMap((name) => fleet.hostsOf(service, name)))];
  const where = `services.${service}.placements.${placement}`;
  const hint = `Its hosts: ${hosts.join(', ') || 'none'}.`;
  const unknown = without.find((host) => !hosts.includes(host));
  if (unknown !== undefined)
    throw new UserError(`${service} on ${names.join(' or ')} has no host ${unknown}.`, { where, hint });
  if (own.length > 0 && own.every((host) => without.includes(host)))
    throw new UserError(`Nothing of ${service} on ${placement} is left without ${without.join(', ')}.`, {
      where,
      hint,
    });
  return without;
}
