import { afterEach, expect, test } from 'vitest';
import { ruleChanges, wantedRules } from '../../../../src/operations/host/rules.js';
import type { FirewallRule } from '../../../../src/providers/contracts/networks.js';
import { hostContext, MemoryCloud } from '../../../helpers/host-context.js';

const FILE = `fleet: f
providers: { aws: { region: eu-west-1 } }
hosts:
  app-1: { provider: aws, roles: [app] }
  app-2: { provider: aws, roles: [app], jump: [gate-1] }
  edge-1: { provider: aws, roles: [router], ssh_from: [192.0.2.0/24, 192.0.2.9] }
  gate-1: { provider: aws, roles: [bastion] }
router: { host: edge-1, engine: nginx, listen: 8080 }
services:
  m1: { source: ., placements: { vm: { platform: pm2, host: app-1, port: 3000 }, two: { platform: pm2, host: app-2, port: 3000 } } }
`;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});
function fleet(present: string[] = ['edge-1', 'gate-1']) {
  const cloud = new MemoryCloud('aws', 'f');
  for (const name of present) cloud.add(name);
  const { ctx, dispose } = hostContext(FILE, { aws: cloud });
  open.push(dispose);
  return ctx;
}
const short = (rules: FirewallRule[]): string[] => rules.map(({ ports, from, purpose }) => `${purpose} ${ports[0]} ${from.join(' ')}`);

test('an app host lets in SSH from here, and the router to its services', async () => {
  expect(short((await wantedRules(fleet(), 'app-1')).rules)).toEqual(['ssh 22 203.0.113.7/32', 'm1 3000 10.0.0.1/32']);
});

test('a host behind another lets in SSH from that one only', async () => {
  expect(short((await wantedRules(fleet(), 'app-2')).rules)).toEqual(['ssh 22 10.0.0.2/32', 'm1 3000 10.0.0.1/32']);
});

test('the router lets in everybody on its ports, and SSH from the networks that the file lists', async () => {
  expect(short((await wantedRules(fleet(), 'edge-1')).rules)).toEqual([
    'ssh 22 192.0.2.0/24 192.0.2.9/32', 'http 80 0.0.0.0/0', 'https 443 0.0.0.0/0', 'router 8080 0.0.0.0/0',
  ]);
});

test('what has no address yet is named, and its rules are missing', async () => {
  const { rules, unknown } = await wantedRules(fleet([]), 'app-2');
  expect(short(rules)).toEqual([]);
  expect(unknown).toEqual(['gate-1', 'edge-1']);
});

const rule = (port: number, ...from: string[]): FirewallRule => ({ protocol: 'tcp', ports: [port, port], from, purpose: '' });

test('rules that let in the same are no change, however they are written', () => {
  expect(ruleChanges([rule(22, '192.0.2.1/32'), rule(22, '192.0.2.2/32')], [rule(22, '192.0.2.2/32', '192.0.2.1/32')])).toEqual([]);
  expect(ruleChanges([rule(22, '192.0.2.1/32'), rule(99, '0.0.0.0/0')], [rule(22, '192.0.2.1/32'), rule(80, '0.0.0.0/0')])).toEqual([
    'tcp 99 is closed', 'tcp 80 is open to 0.0.0.0/0',
  ]);
  expect(ruleChanges([rule(22, '0.0.0.0/0')], [rule(22, '192.0.2.1/32')])).toEqual(['tcp 22 is open to 192.0.2.1/32, now to 0.0.0.0/0']);
});

test('where the file says auto any single address fits, and never a network', () => {
  expect(ruleChanges([rule(22, '198.51.100.9/32')], [rule(22, 'auto')])).toEqual([]);
  expect(ruleChanges([rule(22, '198.51.100.9/32', '10.0.0.2/32')], [rule(22, 'auto', '10.0.0.2/32')])).toEqual([]);
  expect(ruleChanges([rule(22, '0.0.0.0/0')], [rule(22, 'auto')])).toHaveLength(1);
  expect(ruleChanges([], [rule(22, 'auto')])).toHaveLength(1);
});
