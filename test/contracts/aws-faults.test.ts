import { describe, expect, test } from 'vitest';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { startAws } from '../helpers/aws.js';
import { awsRefusal } from '../helpers/fault-proxy/answers.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';
import { motoMissing } from '../helpers/moto.js';

const RUN = /Action=RunInstances/;
const LOOK = /Action=DescribeInstances/;

/** A clock whose pauses take no time. */
function hurriedClock(): Clock {
  let now = Date.now();
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
      await systemClock.sleep(1);
    },
  };
}

/** What real EC2 does and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(motoMissing())('aws behind the fault proxy', () => {
  const suite = faultSuite((clock) => startAws({}, {}, clock));
  const { waited, io, spec } = suite;
  const create = async (): Promise<string> => (await suite.create()).name;
  const machines = async (name: string): Promise<number> => {
    const { Reservations = [] } = await suite.cloud.client.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:fanops-host', Values: [name] }] }),
    );
    return Reservations.flatMap((each) => each.Instances ?? []).filter((each) => each.State?.Name !== 'terminated')
      .length;
  };

  test('row 1: reads that lag behind the create are waited out', async () => {
    // The first look comes before the launch.
    suite.cloud.proxy.faults.push({
      on: { body: LOOK },
      after: 1,
      times: 3,
      then: awsRefusal(400, 'InvalidInstanceID.NotFound'),
    });
    expect(await machines(await create())).toBe(1);
    expect(waited).toContainEqual(expect.stringMatching(/waiting for app-\d+ to be running \(not listed yet/));
  });

  test('row 1: a security group that the next call does not know yet', async () => {
    suite.cloud.proxy.faults.push({
      on: { body: /Action=AuthorizeSecurityGroupIngress/ },
      times: 2,
      then: awsRefusal(400, 'InvalidGroup.NotFound'),
    });
    const rules = [
      { protocol: 'tcp' as const, ports: [22, 22] as [number, number], from: ['203.0.113.7/32'], purpose: 'ssh' },
    ];
    await suite.cloud.networks.ensure({ fleet: 'contract', host: 'lagging', run: 'run-7', rules });
    expect((await suite.cloud.networks.find('contract', 'lagging'))?.rules).toEqual(rules);
  });

  test('row 2: a throttled RunInstances is repeated with pauses and makes one machine', async () => {
    suite.cloud.proxy.faults.push({ on: { body: RUN }, times: 4, then: awsRefusal(503, 'RequestLimitExceeded') });
    expect(await machines(await create())).toBe(1);
    expect(suite.cloud.proxy.seen(RUN)).toBe(5);
    expect(waited).toContainEqual(expect.stringContaining('AWS answers too many requests'));
  });

  test('row 1: a security group and a key pair that the launch does not know yet', async () => {
    suite.cloud.proxy.faults.push(
      { on: { body: RUN }, times: 2, then: awsRefusal(400, 'InvalidGroup.NotFound') },
      { on: { body: RUN }, times: 2, then: awsRefusal(400, 'InvalidKeyPair.NotFound') },
    );
    expect(await machines(await create())).toBe(1);
    expect(suite.cloud.proxy.seen(RUN)).toBe(5);
    expect(waited).toContainEqual(expect.stringContaining('its security group is not known yet'));
    expect(waited).toContainEqual(expect.stringContaining('its key pair is not known yet'));
  });

  test('row 1: a group that stays unknown is told as not found once the time is over', async () => {
    const hurried = await startAws({}, {}, hurriedClock());
    hurried.proxy.faults.push({ on: { body: RUN }, then: awsRefusal(400, 'InvalidGroup.NotFound') });
    await expect(hurried.instances.create({ ...spec(), ...hurried.extra('x') }, io)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      original: 'InvalidGroup.NotFound',
    });
    expect(hurried.proxy.seen(RUN)).toBeGreaterThan(3);
    await hurried.stop();
  });

  test.each(['ec2', 'SlowDown', 'Throttling'])('row 2: every call waits while AWS throttles it (%s)', async (code) => {
    const name = await create();
    for (const on of [LOOK, /Action=TerminateInstances/, /Action=DescribeKeyPairs/]) {
      suite.cloud.proxy.faults.push({
        on: { body: on },
        times: 7,
        then: awsRefusal(503, code === 'ec2' ? 'RequestLimitExceeded' : code),
      });
    }
    await suite.cloud.instances.destroy('contract', name, io);
    expect(await machines(name)).toBe(0);
    // One of those that were throttled, and the one that was not.
    expect(suite.cloud.proxy.seen(/Action=TerminateInstances/)).toBe(8);
  });

  test('row 2: reads that stay throttled are told as throttled', async () => {
    const hurried = await startAws({}, {}, hurriedClock());
    hurried.proxy.faults.push({ on: { body: LOOK }, then: awsRefusal(503, 'RequestLimitExceeded') });
    await expect(hurried.instances.list('contract')).rejects.toMatchObject({
      code: 'THROTTLED',
      hint: expect.stringContaining('try again') as string,
    });
    // A minute with pauses that grow to twenty seconds, and no second minute.
    expect(hurried.proxy.seen(LOOK)).toBeLessThan(20);
    await hurried.stop();
  });

  test('row 3: a lost reply to RunInstances makes one machine, found by its tags', async () => {
    suite.cloud.proxy.faults.push({ on: { body: RUN }, times: 1, then: { kind: 'lose' } });
    const name = await create();
    expect(await machines(name)).toBe(1);
    expect(suite.cloud.proxy.seen(RUN)).toBe(1);
    expect(waited).toContain(`the answer for ${name} was lost; looking whether it was made`);
  });

  test('row 3: a request that never arrived is sent again, with the same token', async () => {
    const patient = await startAws({}, {}, hurriedClock());
    patient.proxy.faults.push({ on: { body: RUN }, times: 1, then: { kind: 'cut' } });
    expect(await patient.instances.create({ ...spec(), ...patient.extra('x') }, io)).toMatchObject({
      state: 'running',
    });
    const tokens = patient.proxy.requests
      .filter(({ body }) => RUN.test(body))
      .map(({ body }) => new URLSearchParams(body).get('ClientToken'));
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]?.length).toBe(64);
    await patient.stop();
  });

  test.each([
    [500, 'InsufficientInstanceCapacity', 'CAPACITY'],
    [400, 'VcpuLimitExceeded', 'QUOTA'],
    [400, 'InstanceLimitExceeded', 'QUOTA'],
    [400, 'IdempotentParameterMismatch', 'CONFLICT'],
  ])('row 3: %i %s is final, told as %s', async (status, code, kind) => {
    suite.cloud.proxy.faults.push({ on: { body: RUN }, then: awsRefusal(status, code) });
    const wanted = spec();
    await expect(suite.cloud.instances.create(wanted, io)).rejects.toMatchObject({ code: kind, original: code });
    expect(suite.cloud.proxy.seen(RUN)).toBe(1);
    expect(await machines(wanted.name)).toBe(0);
  });

  test('row 4: pending is waited out with the state that was seen, and the address is read when it runs', async () => {
    const pending = (body: string): string =>
      body.replaceAll('<name>running</name>', '<name>pending</name>').replace(/<ipAddress>[^<]*<\/ipAddress>/g, '');
    suite.cloud.proxy.faults.push({ on: { body: LOOK }, after: 1, times: 3, then: { kind: 'rewrite', body: pending } });
    const name = await create();
    expect(waited).toContainEqual(expect.stringMatching(/\(pending/));
    expect((await suite.cloud.instances.find('contract', name))?.endpoint?.address).toMatch(/^\d+\./);
  });

  test('row 4: a machine that is still stopping is started once it has stopped', async () => {
    const name = await create();
    await suite.cloud.instances.power('contract', name, 'stop', io);
    suite.cloud.proxy.clear();
    suite.cloud.proxy.faults.push({
      on: { body: LOOK },
      times: 2,
      then: { kind: 'rewrite', body: (body) => body.replaceAll('<name>stopped</name>', '<name>stopping</name>') },
    });
    expect(
      await suite.cloud.instances.create({ name, fleet: 'contract', roles: ['app'], runId: 'run-8' }, io),
    ).toMatchObject({ state: 'running' });
    expect(
      suite.cloud.proxy.requests
        .filter(({ body }) => /Action=(Start|Run)Instances/.test(body))
        .map(({ body }) => new URLSearchParams(body).get('Action')),
    ).toEqual(['StartInstances']);
  });

  test('row 4: IncorrectInstanceState while it stops or starts is waited out, with the state that was seen', async () => {
    const name = await create();
    suite.cloud.proxy.faults.push({
      on: { body: /Action=StopInstances/ },
      times: 2,
      then: awsRefusal(400, 'IncorrectInstanceState'),
    });
    await suite.cloud.instances.power('contract', name, 'stop', io);
    expect(waited).toContainEqual(expect.stringContaining(`AWS to allow stopping ${name} (running`));
    suite.cloud.proxy.faults.push({
      on: { body: /Action=StartInstances/ },
      times: 2,
      then: awsRefusal(400, 'IncorrectInstanceState'),
    });
    expect(
      await suite.cloud.instances.create({ name, fleet: 'contract', roles: ['app'], runId: 'run-8' }, io),
    ).toMatchObject({ state: 'running' });
    expect(waited).toContainEqual(expect.stringContaining(`AWS to allow starting ${name} (stopped`));
    expect(await machines(name)).toBe(1);
  });

  test('row 3: lost replies to all that a host comes and goes with leave one machine, then nothing', async () => {
    const before = await suite.cloud.leftovers();
    const lost = [
      'CreateSecurityGroup',
      'AuthorizeSecurityGroupIngress',
      'ImportKeyPair',
      'RunInstances',
      'CreateTags',
      'StopInstances',
      'StartInstances',
      'RevokeSecurityGroupIngress',
      'TerminateInstances',
      'DeleteSecurityGroup',
    ];
    const other = {
      ...spec(),
      fleet: 'lost',
      authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zq1M6u7mJ0h1yqJQp0m8iW6n1m4m3w2l9p5x7s0aC'],
    };
    for (const action of [...lost, 'DeleteKeyPair'])
      suite.cloud.proxy.faults.push({
        on: { body: new RegExp(`Action=${action}(&|$)`) },
        times: 1,
        then: { kind: 'lose' },
      });
    const rule = (port: number) => ({
      protocol: 'tcp' as const,
      ports: [port, port] as [number, number],
      from: ['203.0.113.7/32'],
      purpose: 'ssh',
    });
    const { fleet, name: host, runId: run } = other;
    const firewall = await suite.cloud.networks.ensure({ fleet, host, run, rules: [rule(22)] }, io);
    await suite.cloud.instances.create({ ...other, firewall }, io);
    expect(await machines(host)).toBe(1);
    await suite.cloud.instances.describe(fleet, host, { hostKey: 'ssh-ed25519 AAAA' });
    await suite.cloud.instances.power(fleet, host, 'stop', io);
    expect(await suite.cloud.instances.create({ ...other, firewall }, io)).toMatchObject({
      state: 'running',
      endpoint: { hostKeys: ['ssh-ed25519 AAAA'] },
    });
    await suite.cloud.networks.ensure({ fleet, host, run, rules: [rule(2222)] }, io);
    expect((await suite.cloud.networks.find(fleet, host))?.rules).toEqual([rule(2222)]);
    await suite.cloud.instances.destroy(fleet, host, io);
    await suite.cloud.networks.remove(fleet, host, io);
    expect(suite.cloud.proxy.faults.filter(({ times }) => times !== 0).map(({ on }) => on.body?.source)).toEqual([]);
    expect(await suite.cloud.leftovers()).toEqual(before);
  });
});
