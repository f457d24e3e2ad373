import type { HostConfig } from '../../fleet/schema.js';
import type { Instance } from '../../providers/contracts/instances.js';
import type { Firewall, FirewallRule } from '../../providers/contracts/networks.js';
import { ruleChanges } from './rules.js';

/** Names of the tags as `contracts/ownership` has them. */
const ROLES = 'fanops-roles';

/**
 * How a machine differs from what the fleet file says of its host, in words. What the file leaves open is no drift, nor
 * is the address of this
 * machine where the file says `auto`.
 * @param wanted the rules of its firewall; undefined where hosts have none
 */
export function driftOf(
  config: HostConfig,
  instance: Instance,
  firewall: Firewall | undefined,
  wanted: readonly FirewallRule[] | undefined,
): string[] {
  const differs = (what: string, now: string | undefined, then: string | undefined): string[] =>
    now === undefined || then === undefined || now === then ? [] : [`${what} ${now}, the file says ${then}`];
  return [
    ...differs('size', instance.size, config.size),
    ...differs('zone', instance.zone, config.zone),
    ...tagDrift(config, instance),
    ...(wanted === undefined
      ? []
      : firewall
        ? ruleChanges(firewall.rules, wanted).map((change) => `firewall: ${change}`)
        : ['it has no firewall']),
  ];
}

function tagDrift(config: HostConfig, { tags, owner }: Instance): string[] {
  if (!owner) return ['its tags do not say who made it'];
  const sorted = (roles: readonly string[]): string => [...roles].sort().join(', ');
  // A cloud may allow no comma in a tag.
  const tagged = tags[ROLES]?.split(/[^a-z-]+/).filter(Boolean);
  const [now, then] = [tagged && sorted(tagged), sorted(config.roles)];
  return now === undefined || now === then ? [] : [`roles ${now}, the file says ${then}`];
}
