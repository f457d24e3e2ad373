import { afterEach, expect, test } from 'vitest';
import { tokenOf } from '../../../../src/operations/host/create.js';
import { hostDestroy } from '../../../../src/operations/host/destroy.js';
import { hostList } from '../../../../src/operations/host/list.js';
import { hostProvision } from '../../../../src/operations/host/provision.js';
import { hostSweep } from '../../../../src/operations/host/sweep.js';
import { dryRun, startRun } from '../../../../src/operations/run/start.js';
import { undoRun } from '../../../../src/operations/run/undo.js';
import { hostContext, MemoryCloud } from '../../../helpers/host-context.js';

const FILE = `fleet: f
providers: { aws: { region: eu-west-1 }, gcp: { project: p, zone: europe-west1-b } }
hosts:
  app-1: { provider: aws, roles: [app], size: t3.small }
  app-2: { provider: aws, roles: [app] }
  edge-1: { provider: aws, roles: [router] }
  old: { address: 192.0.2.1, roles: [app] }
router: { host: edge-1, engine: nginx, listen: 80 }
services:
  m1: { source: ., placements: { vm: { platform: pm2, host: app-1, port: 3000 } } }
`;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});
function fleet() {
  const [aws, gcp] = [new MemoryCloud('aws', 'f'), new MemoryCloud('gcp', 'f')];
  const { ctx, events, dispose } = hostContext(FILE, { aws, gcp });
  open.push(dispose);
  return { ctx, events, aws, gcp };
}

test('the plan: the router is made before those that let it in, then all hosts at once, each in its order', async () => {
  const { ctx } = fleet();
  const { steps } = await hostProvision.plan(ctx, {});
  expect(steps.slice(0, 2).map(({ id, parallel }) => [id, parallel])).toEqual([
    ['edge-1/firewall', undefined],
    ['edge-1/create', undefined],
  ]);
  const lane = (host: string): string[] =>
    steps.filter(({ parallel }) => parallel?.lane === host).map(({ id }) => id.slice(host.length + 1));
  expect(lane('app-1')).toEqual([
    'firewall',
    'create',
    'reach',
    'key',
    ...['system', 'login', 'swap', 'node', 'pm2', 'firewall', 'time', 'updates'].map((task) => `bootstrap/${task}`),
    'check',
    'standing',
  ]);
  expect(lane('edge-1').slice(-8)).toEqual(
    ['pm2', 'nginx', 'low-ports', 'firewall', 'time', 'updates']
      .map((task) => `bootstrap/${task}`)
      .concat('check', 'standing'),
  );
});

test('a dry run of hosts that are not there: what is made, and what cannot be told', async () => {
  const { ctx, aws } = fleet();
  const { steps } = await dryRun(ctx, await hostProvision.plan(ctx, { host: 'app-1' }));
  expect(steps.map(({ id, check }) => `${id} ${check.state}`).slice(0, 4)).toEqual([
    'app-1/firewall change',
    'app-1/create change',
    'app-1/reach unknown',
    'app-1/key unknown',
  ]);
  expect(aws.calls).toEqual([]);
});

test('a run that gets no further than SSH leaves what undo takes away, machine before firewall', async () => {
  const { ctx, aws, events } = fleet();
  const plan = await hostProvision.plan(ctx, { host: 'app-1' });
  await expect(startRun(ctx, hostProvision, plan)).rejects.toMatchObject({ code: 'NO_HOST' });
  const started = events.find((event) => event.type === 'run.started');
  const run = started?.type === 'run.started' ? started.runId : '';
  expect(aws.calls).toEqual(['ensure app-1', `create app-1 ${tokenOf(run, 'f', 'app-1')}`]);
  expect(aws.firewalls.get('app-1')?.owner.run).toBe(run);
  await undoRun(ctx, run);
  expect(aws.calls.slice(2)).toEqual(['destroy app-1', 'remove app-1']);
});

test('tokens are UUIDs, one for each run and host', () => {
  const tokens = [tokenOf('R1', 'f', 'a'), tokenOf('R2', 'f', 'a'), tokenOf('R1', 'g', 'a'), tokenOf('R1', 'f', 'b')];
  expect(new Set(tokens).size).toBe(4);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the list: missing, extra and drifted, by account, with what did not answer', async () => {
  const { ctx, aws, gcp } = fleet();
  aws.add('app-1', { size: 't3.micro', roles: 'app,bastion' });
  aws.add('edge-1', { roles: 'router' });
  aws.firewalls.set('edge-1', {
    id: 'x',
    owner: { fleet: 'f', host: 'edge-1', run: 'R0' },
    rules: [{ protocol: 'tcp', ports: [22, 22], from: ['198.51.100.77/32'], purpose: '' }],
  });
  gcp.add('stray');
  gcp.silent = [{ where: 'us-central1', message: 'no answer' }];
  const { hosts, failed } = await hostList(ctx, { full: true });
  expect(hosts.map(({ name, state, scope, inFile }) => [name, state, scope, inFile])).toEqual([
    ['app-1', 'running', 'account of aws', true],
    ['app-2', 'missing', 'account of aws', true],
    ['edge-1', 'running', 'account of aws', true],
    ['stray', 'running', 'account of gcp', false],
    ['old', 'not managed', undefined, true],
  ]);
  expect(hosts[0]?.drift).toEqual([
    'size t3.micro, the file says t3.small',
    'roles app, bastion, the file says app',
    'it has no firewall',
  ]);
  expect(hosts[2]?.drift).toEqual(['firewall: tcp 80 is open to 0.0.0.0/0', 'firewall: tcp 443 is open to 0.0.0.0/0']);
  expect(failed).toEqual([{ provider: 'gcp us-central1', message: 'no answer' }]);
  aws.silent = [{ where: 'us-east-1', message: 'expired' }];
  expect((await hostList(ctx, { provider: 'aws' })).hosts.find(({ name }) => name === 'app-2')?.state).toBe('unknown');
  await expect(hostList(ctx, { provider: 'azure' })).rejects.toThrow('has no host at "azure"');
});

test('destroy takes the machine first, then its firewall; a second run finds nothing', async () => {
  const { ctx, aws } = fleet();
  aws.add('app-1');
  await aws.networks.ensure({ fleet: 'f', host: 'app-1', run: 'R0', rules: [] });
  const destroyed = await startRun(ctx, hostDestroy, await hostDestroy.plan(ctx, { host: 'app-1' }));
  expect(destroyed.destroyed).toEqual(['app-1']);
  expect(aws.calls.slice(1)).toEqual(['destroy app-1', 'remove app-1']);
  expect((await startRun(ctx, hostDestroy, await hostDestroy.plan(ctx, {}))).destroyed).toEqual([]);
});

test('sweep removes what carries the id of a run, also hosts that the file does not name, and nothing else', async () => {
  const { ctx, aws, gcp } = fleet();
  aws.add('app-1', { run: 'R1' });
  aws.add('app-2', { run: 'R2' });
  await aws.networks.ensure({ fleet: 'f', host: 'app-1', run: 'R1', rules: [] });
  gcp.add('gone', { run: 'R1' });
  const plan = await hostSweep.plan(ctx, { run: 'R1' });
  expect(plan.facts.notes).toEqual(['app-1 is a host of the fleet file.']);
  const { removed, failed } = await startRun(ctx, hostSweep, plan);
  expect([removed.sort(), failed]).toEqual([['aws/app-1/firewall', 'aws/app-1/host', 'gcp/gone/host'], []]);
  expect([...aws.machines.keys(), ...gcp.machines.keys()]).toEqual(['app-2']);
});

test('sweep removes what hosts share when the run that made it died before it had a host, and says once who did not answer', async () => {
  const { ctx, aws, gcp } = fleet();
  const key = (run: string) => ({ name: 'key pair of f', owner: { fleet: 'f', host: '-', run } });
  aws.left = [key('R1')];
  gcp.left = [key('R2')];
  gcp.add('gone', { run: 'R1' });
  gcp.silent = [{ where: 'us-central1-b', message: 'no answer' }];
  const plan = await hostSweep.plan(ctx, { run: 'R1' });
  expect((await dryRun(ctx, plan)).steps.map(({ id, check }) => [id, check.state])).toEqual([
    ['aws/shared', 'change'],
    ['gcp/gone/host', 'change'],
  ]);
  const { removed, failed } = await startRun(ctx, hostSweep, plan);
  expect([removed, failed]).toEqual([
    ['aws/shared', 'gcp/gone/host'],
    [{ provider: 'gcp us-central1-b', message: 'no answer' }],
  ]);
  expect([aws.left, gcp.left]).toEqual([[], [key('R2')]]);
});
