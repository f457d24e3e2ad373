import { describe, expect, test } from 'vitest';
import type { SecurityRule } from '@azure/arm-network';
import { firewallRules, securityRules } from '../../../../src/providers/azure/rules.js';
import type { FirewallRule } from '../../../../src/providers/contracts/networks.js';

const rule = (
  purpose: string,
  ports: [number, number],
  from: string[],
  protocol: 'tcp' | 'udp' = 'tcp',
): FirewallRule => ({ protocol, ports, from, purpose });

describe('rules of network security groups', () => {
  const rules = [
    rule('ssh', [22, 22], ['2001:db8::/32', '203.0.113.7/32']),
    rule('http', [80, 80], ['0.0.0.0/0']),
    rule('m1 of the fleet', [3000, 3010], ['10.0.0.4/32'], 'udp'),
  ];

  test('come back as they were written', () => {
    expect(firewallRules(securityRules(rules))).toEqual(rules);
  });

  test('hold one family of addresses each, under names and priorities that no two share', () => {
    const written = securityRules(rules);
    expect(written.map(({ sourceAddressPrefixes }) => sourceAddressPrefixes)).toEqual([
      ['203.0.113.7/32'],
      ['2001:db8::/32'],
      ['0.0.0.0/0'],
      ['10.0.0.4/32'],
    ]);
    expect(new Set(written.map(({ name }) => name)).size).toBe(4);
    expect(new Set(written.map(({ priority }) => priority)).size).toBe(4);
    for (const { name } of written) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/);
  });

  test('of somebody else are told as far as they let something in', () => {
    const others: SecurityRule[] = [
      {
        name: 'everything',
        direction: 'Inbound',
        access: 'Allow',
        protocol: '*',
        sourceAddressPrefix: '*',
        destinationPortRange: '*',
        priority: 200,
      },
      {
        name: 'two',
        direction: 'Inbound',
        access: 'Allow',
        protocol: 'Tcp',
        sourceAddressPrefix: 'Internet',
        destinationPortRanges: ['81', '90-91'],
        priority: 201,
      },
      {
        name: 'no',
        direction: 'Inbound',
        access: 'Deny',
        protocol: '*',
        sourceAddressPrefix: '*',
        destinationPortRange: '22',
        priority: 100,
      },
      {
        name: 'out',
        direction: 'Outbound',
        access: 'Allow',
        protocol: '*',
        sourceAddressPrefix: '*',
        destinationPortRange: '443',
        priority: 100,
      },
    ];
    expect(firewallRules(others)).toEqual([
      rule('everything', [0, 65535], ['0.0.0.0/0']),
      rule('two', [81, 81], ['0.0.0.0/0']),
      rule('two', [90, 91], ['0.0.0.0/0']),
    ]);
  });
});
