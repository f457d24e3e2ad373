import type { SecurityRule } from '@azure/arm-network';
import type { FirewallRule } from '../contracts/networks.js';

const FIRST_PRIORITY = 100;

const isV6 = (network: string): boolean => network.includes(':');

/**
 * Rules as a network security group has them. A rule of Azure holds addresses of one family, and no two have the same
 * priority or name.
 */
export function securityRules(rules: readonly FirewallRule[]): SecurityRule[] {
  const single = rules
    .flatMap((rule) => [
      { ...rule, from: rule.from.filter((network) => !isV6(network)), family: 'v4' },
      { ...rule, from: rule.from.filter(isV6), family: 'v6' },
    ])
    .filter(({ from }) => from.length > 0);
  return single.map(({ protocol, ports, from, purpose, family }, index): SecurityRule => {
    const range = ports[0] === ports[1] ? String(ports[0]) : ports.join('-');
    const priority = FIRST_PRIORITY + index;
    return {
      name: `${priority}-${purpose.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 40)}-${protocol}-${range}-${family}`,
      description: purpose,
      priority,
      direction: 'Inbound',
      access: 'Allow',
      protocol: protocol === 'udp' ? 'Udp' : 'Tcp',
      sourcePortRange: '*',
      destinationPortRange: range,
      destinationAddressPrefix: '*',
      sourceAddressPrefixes: [...from],
    };
  });
}

/** The rules that let something in. A rule that somebody else wrote in another form is told as far as it can be. */
export function firewallRules(rules: readonly SecurityRule[] | undefined): FirewallRule[] {
  const found = new Map<string, FirewallRule>();
  for (const rule of rules ?? []) {
    if (rule.direction !== 'Inbound' || rule.access !== 'Allow') continue;
    const from = [
      ...(rule.sourceAddressPrefixes ?? []),
      ...(rule.sourceAddressPrefix ? [rule.sourceAddressPrefix] : []),
    ].map((network) => (network === '*' || network === 'Internet' ? '0.0.0.0/0' : network));
    for (const range of [
      ...(rule.destinationPortRanges ?? []),
      ...(rule.destinationPortRange ? [rule.destinationPortRange] : []),
    ]) {
      const [first = 0, last = first] = range === '*' ? [0, 65535] : range.split('-').map(Number);
      const protocol = rule.protocol?.toLowerCase() === 'udp' ? 'udp' : 'tcp';
      const purpose = rule.description ?? rule.name ?? '';
      const key = `${protocol} ${first}-${last} ${purpose}`;
      const known = found.get(key) ?? { protocol, ports: [first, last], from: [], purpose };
      known.from.push(...from);
      found.set(key, known);
    }
  }
  return sorted([...found.values()]);
}

/** In the one order that rules are compared in. */
export const sorted = (rules: readonly FirewallRule[]): FirewallRule[] =>
  rules
    .map(({ protocol, ports, from, purpose }): FirewallRule => ({
      protocol,
      ports,
      from: [...new Set(from)].sort(),
      purpose,
    }))
    .sort((a, b) => a.ports[0] - b.ports[0] || a.purpose.localeCompare(b.purpose));
