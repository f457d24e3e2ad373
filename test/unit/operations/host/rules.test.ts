import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { PreconditionError } from '../../../../src/core/errors.js';
import type { OperationContext } from '../../../../src/kit/context.js';
import { firewallStep } from '../../../../src/operations/host/firewall.js';
import { ruleChanges, wantedRules } from '../../../../src/operations/host/rules.js';
import type { FirewallRule } from '../../../../src/providers/contracts/networks.js';
import { parseRuleset, ruleset } from '../../../../src/remote/bootstrap/firewall.js';
import { createLocalTransport } from '../../../../src/transports/local.js';
import { hostContext, MemoryCloud, withTransport } from '../../../helpers/host-context.js';

const FILE = `fleet: f
providers: { aws: { region: eu-west-1 } }
hosts:
  app-1: { provider: aws, roles: [app] }
  app-2: { provider: aws, roles: [app], jump: [gate-1] }
  edge-1: { provider: aws, roles: [router], sshFrom: [192.0.2.0/24, 192.0.2.9] }
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
const short = (rules: FirewallRule[]): string[] =>
  rules.map(({ ports, from, purpose }) => `${purpose} ${ports[0]} ${from.join(' ')}`);

test('an app host lets in SSH from here, and the router to its services', async () => {
  expect(short((await wantedRules(fleet(), 'app-1')).rules)).toEqual(['ssh 22 203.0.113.7/32', 'm1 3000 10.0.0.1/32']);
});

test('a host behind another lets in SSH from that one only', async () => {
  expect(short((await wantedRules(fleet(), 'app-2')).rules)).toEqual(['ssh 22 10.0.0.2/32', 'm1 3000 10.0.0.1/32']);
});

test('the router lets in everybody on its ports, and SSH from the networks that the file lists', async () => {
  expect(short((await wantedRules(fleet(), 'edge-1')).rules)).toEqual([
    'ssh 22 192.0.2.0/24 192.0.2.9/32',
    'http 80 0.0.0.0/0',
    'https 443 0.0.0.0/0',
    'router 8080 0.0.0.0/0',
  ]);
});

test('what has no address yet is named, and its rules are missing', async () => {
  const { rules, unknown } = await wantedRules(fleet([]), 'app-2');
  expect(short(rules)).toEqual([]);
  expect(unknown).toEqual(['gate-1', 'edge-1']);
});

const rule = (port: number, ...from: string[]): FirewallRule => ({
  protocol: 'tcp',
  ports: [port, port],
  from,
  purpose: '',
});

test('rules that let in the same are no change, however they are written', () => {
  expect(
    ruleChanges([rule(22, '192.0.2.1/32'), rule(22, '192.0.2.2/32')], [rule(22, '192.0.2.2/32', '192.0.2.1/32')]),
  ).toEqual([]);
  expect(
    ruleChanges([rule(22, '192.0.2.1/32'), rule(99, '0.0.0.0/0')], [rule(22, '192.0.2.1/32'), rule(80, '0.0.0.0/0')]),
  ).toEqual(['tcp 99 is closed', 'tcp 80 is open to 0.0.0.0/0']);
  expect(ruleChanges([rule(22, '0.0.0.0/0')], [rule(22, '192.0.2.1/32')])).toEqual([
    'tcp 22 is open to 192.0.2.1/32, now to 0.0.0.0/0',
  ]);
});

test('where the file says auto any single address fits, and never a network', () => {
  expect(ruleChanges([rule(22, '198.51.100.9/32')], [rule(22, 'auto')])).toEqual([]);
  expect(ruleChanges([rule(22, '198.51.100.9/32', '10.0.0.2/32')], [rule(22, 'auto', '10.0.0.2/32')])).toEqual([]);
  expect(ruleChanges([rule(22, '0.0.0.0/0')], [rule(22, 'auto')])).toHaveLength(1);
  expect(ruleChanges([], [rule(22, 'auto')])).toHaveLength(1);
});

/** A router host whose routes lead to these ports of app-1; undefined: it cannot be reached. */
async function routing(...ports: number[]) {
  const home = await mkdtemp(join(tmpdir(), 'rules-'));
  await mkdir(join(home, 'fanops/router/routes'), { recursive: true });
  const lead = async (...to: number[]): Promise<void> =>
    writeFile(
      join(home, 'fanops/router/routes/m1.json'),
      `${JSON.stringify({
        service: 'm1',
        version: 1,
        fence: 1,
        path: '/',
        placement: 'vm',
        placements: to.map((port) => ({ name: `vm-${port}`, url: `http://10.0.0.3:${port}`, weight: 1 })),
      })}\n`,
    );
  await lead(...ports);
  vi.stubEnv('HOME', home);
  open.push(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });
  const cloud = new MemoryCloud('aws', 'f');
  for (const name of ['edge-1', 'gate-1', 'app-1']) cloud.add(name);
  const { ctx, dispose } = hostContext(FILE.replace('host: app-1, port: 3000', 'host: app-1, port: 3001'), {
    aws: cloud,
  });
  open.push(dispose);
  cloud.firewalls.set('app-1', {
    id: 'fw',
    owner: { fleet: 'f', host: 'app-1', run: 'R0' },
    rules: [rule(22, '203.0.113.7/32'), rule(80, '0.0.0.0/0'), rule(3000, '10.0.0.1/32')],
  });
  const reached: OperationContext = withTransport(ctx, async (host) => createLocalTransport(host));
  const lost: OperationContext = withTransport(ctx, async () => {
    throw new PreconditionError('No answer.', { code: 'UNREACHABLE' });
  });
  return { cloud, lead, reached, lost };
}
const firewallOf = (ctx: OperationContext) => ({
  ctx,
  input: { host: 'app-1', provider: 'aws' },
  facts: {},
  runId: 'R1',
  step: { id: 'app-1/firewall' },
  signal: ctx.signal,
  progress: () => undefined,
  outputs: () => undefined,
  note: async () => undefined,
});
const looks = async (ctx: OperationContext): Promise<string> =>
  JSON.stringify(await firewallStep.handler.check?.(firewallOf(ctx) as never, undefined));

test('a changed port: the one that the route leads to stays open to the router, and the dry run says so; once the route has moved it is closed', async () => {
  const { cloud, lead, reached } = await routing(3000);
  expect(await looks(reached)).toContain('tcp 3001 is open to 10.0.0.1/32');
  expect(await looks(reached)).toContain('tcp 3000 stays open: the route of m1 leads there');
  expect(await looks(reached)).not.toContain('tcp 3000 is closed');
  await firewallStep.handler.apply(firewallOf(reached) as never);
  expect(short(cloud.firewalls.get('app-1')?.rules ?? [])).toEqual([
    'ssh 22 203.0.113.7/32',
    'm1 3000 10.0.0.1/32',
    'm1 3001 10.0.0.1/32',
  ]);
  expect(await looks(reached)).toContain('as the file says; tcp 3000 stays open');
  await lead(3001);
  expect(await looks(reached)).toContain('tcp 3000 is closed');
  await firewallStep.handler.apply(firewallOf(reached) as never);
  expect(short(cloud.firewalls.get('app-1')?.rules ?? [])).toEqual(['ssh 22 203.0.113.7/32', 'm1 3001 10.0.0.1/32']);
});

test('a router that cannot be asked: what is open to services stays open, and nothing else', async () => {
  const { lost, reached, lead } = await routing(3000);
  expect(await looks(lost)).toContain('tcp 3000 stays open: edge-1 does not say whether it is used (No answer.)');
  expect(await looks(lost)).toContain('tcp 80 is closed');
  await lead(3001);
  expect(await looks(reached)).toContain('tcp 3000 is closed');
});

test('a router that is not there yet uses no port, so the rules are those of the file', async () => {
  const { cloud, lost } = await routing(3000);
  cloud.machines.delete('edge-1');
  expect(await looks(lost)).toContain('tcp 3000 is closed');
});

test('the rules inside a machine are read back as they were written', () => {
  const rules = [
    rule(22, '0.0.0.0/0'),
    rule(3000, '10.0.0.1/32', '10.0.0.2/32'),
    { ...rule(53, '10.0.0.1/32'), protocol: 'udp' as const, ports: [53, 54] as [number, number] },
  ];
  expect(parseRuleset(ruleset(rules)).map(({ protocol, ports, from }) => [protocol, ports, from])).toEqual([
    ['tcp', [3000, 3000], ['10.0.0.1/32', '10.0.0.2/32']],
    ['udp', [53, 54], ['10.0.0.1/32']],
  ]);
});
