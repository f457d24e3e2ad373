import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { splitList } from '../helpers/fault-proxy/xml-pages.js';
import { motoMissing } from '../helpers/moto.js';

const missing = motoMissing();
const RUN = /Action=RunInstances/;
const LOOK = /Action=DescribeInstances/;
const error = (code: string, message = code): string => `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`;
const answer = (status: number, code: string) => ({ kind: 'answer' as const, status, headers: { 'content-type': 'text/xml' }, body: error(code) });

/** A clock whose pauses take no time. */
function hurriedClock(): Clock {
  let now = Date.now();
  return { now: () => now, monotonic: () => now, sleep: async (ms) => {
    now += ms;
    await systemClock.sleep(1);
  } };
}

/** What real EC2 does and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(missing)('aws behind the fault proxy', () => {
  let aws: AwsOnMoto;
  let count = 0;
  const waited: string[] = [];
  // Real pauses are shortened: the waits themselves are real.
  const quick = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 20), signal) };
  const spec = () => {
    count += 1;
    return { name: `app-${count}`, fleet: 'contract', roles: ['app'], runId: 'run-7', ...aws.extra(`app-${count}`) };
  };
  const io = { progress: (message: string) => waited.push(message) };
  const machines = async (name: string): Promise<number> => {
    const { Reservations = [] } = await aws.client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'tag:fanops-host', Values: [name] }] }));
    return Reservations.flatMap((each) => each.Instances ?? []).filter((each) => each.State?.Name !== 'terminated').length;
  };
  const create = async (): Promise<string> => {
    const wanted = spec();
    expect(await aws.instances.create(wanted, io)).toMatchObject({ name: wanted.name, state: 'running' });
    return wanted.name;
  };

  beforeAll(async () => {
    aws = await startAws({}, {}, quick);
  }, 120_000);
  afterAll(() => (aws as AwsOnMoto | undefined)?.stop());
  afterEach(() => {
    aws.proxy.clear();
    waited.length = 0;
  });

  test('row 1: reads that lag behind the create are waited out', async () => {
    // The first look comes before the launch.
    aws.proxy.faults.push({ on: { body: LOOK }, after: 1, times: 3, then: answer(400, 'InvalidInstanceID.NotFound') });
    expect(await machines(await create())).toBe(1);
    expect(waited).toContainEqual(expect.stringMatching(/waiting for app-\d+ to be running \(not listed yet/));
  });

  test('row 1: a security group that the next call does not know yet', async () => {
    aws.proxy.faults.push({ on: { body: /Action=AuthorizeSecurityGroupIngress/ }, times: 2, then: answer(400, 'InvalidGroup.NotFound') });
    const rules = [{ protocol: 'tcp' as const, ports: [22, 22] as [number, number], from: ['203.0.113.7/32'], purpose: 'ssh' }];
    await aws.networks.ensure({ fleet: 'contract', host: 'lagging', run: 'run-7', rules });
    expect((await aws.networks.find('contract', 'lagging'))?.rules).toEqual(rules);
  });

  test('row 2: a throttled RunInstances is repeated with pauses and makes one machine', async () => {
    aws.proxy.faults.push({ on: { body: RUN }, times: 4, then: answer(503, 'RequestLimitExceeded') });
    expect(await machines(await create())).toBe(1);
    expect(aws.proxy.seen(RUN)).toBe(5);
    expect(waited).toContainEqual(expect.stringContaining('AWS answers too many requests'));
  });

  test('row 1: a security group and a key pair that the launch does not know yet', async () => {
    aws.proxy.faults.push({ on: { body: RUN }, times: 2, then: answer(400, 'InvalidGroup.NotFound') }, { on: { body: RUN }, times: 2, then: answer(400, 'InvalidKeyPair.NotFound') });
    expect(await machines(await create())).toBe(1);
    expect(aws.proxy.seen(RUN)).toBe(5);
    expect(waited).toContainEqual(expect.stringContaining('its security group is not known yet'));
    expect(waited).toContainEqual(expect.stringContaining('its key pair is not known yet'));
  });

  test('row 1: a group that stays unknown is told as not found once the time is over', async () => {
    const hurried = await startAws({}, {}, hurriedClock());
    hurried.proxy.faults.push({ on: { body: RUN }, then: answer(400, 'InvalidGroup.NotFound') });
    await expect(hurried.instances.create({ ...spec(), ...hurried.extra('x') }, io)).rejects.toMatchObject({ code: 'NOT_FOUND', original: 'InvalidGroup.NotFound' });
    expect(hurried.proxy.seen(RUN)).toBeGreaterThan(3);
    await hurried.stop();
  });

  test.each(['ec2', 'SlowDown', 'Throttling'])('row 2: every call waits while AWS throttles it (%s)', async (code) => {
    const name = await create();
    for (const on of [LOOK, /Action=TerminateInstances/, /Action=DescribeKeyPairs/]) {
      aws.proxy.faults.push({ on: { body: on }, times: 7, then: answer(503, code === 'ec2' ? 'RequestLimitExceeded' : code) });
    }
    await aws.instances.destroy('contract', name, io);
    expect(await machines(name)).toBe(0);
    // One of those that were throttled, and the one that was not.
    expect(aws.proxy.seen(/Action=TerminateInstances/)).toBe(8);
  });

  test('row 2: reads that stay throttled are told as throttled', async () => {
    const hurried = await startAws({}, {}, hurriedClock());
    hurried.proxy.faults.push({ on: { body: LOOK }, then: answer(503, 'RequestLimitExceeded') });
    await expect(hurried.instances.list('contract')).rejects.toMatchObject({ code: 'THROTTLED', hint: expect.stringContaining('try again') as string });
    // A minute with pauses that grow to twenty seconds, and no second minute.
    expect(hurried.proxy.seen(LOOK)).toBeLessThan(20);
    await hurried.stop();
  });

  test('row 3: a lost reply to RunInstances makes one machine, found by its tags', async () => {
    aws.proxy.faults.push({ on: { body: RUN }, times: 1, then: { kind: 'lose' } });
    const name = await create();
    expect(await machines(name)).toBe(1);
    expect(aws.proxy.seen(RUN)).toBe(1);
    expect(waited).toContain(`the answer for ${name} was lost; looking whether it was made`);
  });

  test('row 3: a request that never arrived is sent again, with the same token', async () => {
    const patient = await startAws({}, {}, hurriedClock());
    patient.proxy.faults.push({ on: { body: RUN }, times: 1, then: { kind: 'cut' } });
    expect(await patient.instances.create({ ...spec(), ...patient.extra('x') }, io)).toMatchObject({ state: 'running' });
    const tokens = patient.proxy.requests.filter(({ body }) => RUN.test(body)).map(({ body }) => new URLSearchParams(body).get('ClientToken'));
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]?.length).toBe(64);
    await patient.stop();
  });

  test.each([
    [500, 'InsufficientInstanceCapacity', 'CAPACITY'], [400, 'VcpuLimitExceeded', 'QUOTA'], [400, 'InstanceLimitExceeded', 'QUOTA'], [400, 'IdempotentParameterMismatch', 'CONFLICT'],
  ])('row 3: %i %s is final, told as %s', async (status, code, kind) => {
    aws.proxy.faults.push({ on: { body: RUN }, then: answer(status, code) });
    const wanted = spec();
    await expect(aws.instances.create(wanted, io)).rejects.toMatchObject({ code: kind, original: code });
    expect(aws.proxy.seen(RUN)).toBe(1);
    expect(await machines(wanted.name)).toBe(0);
  });

  test('row 4: pending is waited out with the state that was seen, and the address is read when it runs', async () => {
    const pending = (body: string): string => body.replaceAll('<name>running</name>', '<name>pending</name>').replace(/<ipAddress>[^<]*<\/ipAddress>/g, '');
    aws.proxy.faults.push({ on: { body: LOOK }, after: 1, times: 3, then: { kind: 'rewrite', body: pending } });
    const name = await create();
    expect(waited).toContainEqual(expect.stringMatching(/\(pending/));
    expect((await aws.instances.find('contract', name))?.endpoint?.address).toMatch(/^\d+\./);
  });

  test('row 4: a machine that is still stopping is started once it has stopped', async () => {
    const name = await create();
    await aws.instances.power('contract', name, 'stop', io);
    aws.proxy.clear();
    aws.proxy.faults.push({ on: { body: LOOK }, times: 2, then: { kind: 'rewrite', body: (body) => body.replaceAll('<name>stopped</name>', '<name>stopping</name>') } });
    expect(await aws.instances.create({ name, fleet: 'contract', roles: ['app'], runId: 'run-8' }, io)).toMatchObject({ state: 'running' });
    expect(aws.proxy.requests.filter(({ body }) => /Action=(Start|Run)Instances/.test(body)).map(({ body }) => new URLSearchParams(body).get('Action'))).toEqual(['StartInstances']);
  });

  test('row 4: IncorrectInstanceState while it stops or starts is waited out, with the state that was seen', async () => {
    const name = await create();
    aws.proxy.faults.push({ on: { body: /Action=StopInstances/ }, times: 2, then: answer(400, 'IncorrectInstanceState') });
    await aws.instances.power('contract', name, 'stop', io);
    expect(waited).toContainEqual(expect.stringContaining(`AWS to allow stopping ${name} (running`));
    aws.proxy.faults.push({ on: { body: /Action=StartInstances/ }, times: 2, then: answer(400, 'IncorrectInstanceState') });
    expect(await aws.instances.create({ name, fleet: 'contract', roles: ['app'], runId: 'run-8' }, io)).toMatchObject({ state: 'running' });
    expect(waited).toContainEqual(expect.stringContaining(`AWS to allow starting ${name} (stopped`));
    expect(await machines(name)).toBe(1);
  });

  describe('addresses', () => {
    const ADDRESS = { fleet: 'contract', host: 'holder', run: 'run-7' };
    const held = async (): Promise<number> => (await aws.addresses.list('contract')).items.length;
    beforeAll(async () => {
      await aws.instances.create({ ...spec(), name: 'holder', ...aws.extra('holder') }, io);
    });
    afterEach(async () => {
      aws.proxy.clear();
      await aws.addresses.release('contract', 'holder');
      expect(await held()).toBe(0);
    });

    test('row 1: an address that the next call does not know yet', async () => {
      const { id } = await aws.addresses.allocate(ADDRESS);
      aws.proxy.faults.push({ on: { body: /Action=AssociateAddress/ }, times: 2, then: answer(400, 'InvalidAllocationID.NotFound') });
      expect(await aws.addresses.associate(id, 'contract', 'holder')).toMatchObject({ id, heldBy: expect.stringMatching(/^i-/) as string });
    });

    test('row 3: lost replies to all that is asked of an address leave one, then none', async () => {
      for (const action of ['AllocateAddress', 'AssociateAddress', 'DisassociateAddress', 'ReleaseAddress']) {
        aws.proxy.faults.push({ on: { body: new RegExp(`Action=${action}`) }, times: 1, then: { kind: 'lose' } });
      }
      const { id } = await aws.addresses.allocate(ADDRESS);
      expect(await held()).toBe(1);
      expect(await aws.addresses.associate(id, 'contract', 'holder')).toMatchObject({ id, heldBy: expect.stringMatching(/^i-/) as string });
      await aws.addresses.release('contract', 'holder');
      expect(await held()).toBe(0);
      expect(aws.proxy.faults.map(({ times }) => times)).toEqual([0, 0, 0, 0]);
    });

    test('row 3: a lost reply whose repetition is told that the address is taken, by that very machine', async () => {
      const { id } = await aws.addresses.allocate(ADDRESS);
      aws.proxy.faults.push({ on: { body: /Action=AssociateAddress/ }, times: 1, then: { kind: 'lose' } }, { on: { body: /Action=AssociateAddress/ }, times: 1, then: answer(400, 'Resource.AlreadyAssociated') });
      expect(await aws.addresses.associate(id, 'contract', 'holder')).toMatchObject({ id, heldBy: expect.stringMatching(/^i-/) as string });
    });

    test.each([
      ['Resource.AlreadyAssociated', 'CONFLICT', 1], ['InvalidAddress.Locked', 'CONFLICT', 1], ['AuthFailure', 'DENIED', 1],
    ])('row 4: %s is told as %s, and not as a missing login', async (code, kind, exitCode) => {
      const { id } = await aws.addresses.allocate(ADDRESS);
      aws.proxy.faults.push({ on: { body: /Action=AssociateAddress/ }, then: answer(400, code) });
      await expect(aws.addresses.associate(id, 'contract', 'holder')).rejects.toMatchObject({ code: kind, original: code, exitCode });
      expect(aws.proxy.seen(/Action=AssociateAddress/)).toBe(1);
    });

    test('row 4: an address that still counts as in use is given back a moment later', async () => {
      await aws.addresses.allocate(ADDRESS);
      aws.proxy.faults.push({ on: { body: /Action=ReleaseAddress/ }, times: 2, then: answer(400, 'InvalidIPAddress.InUse') });
      await aws.addresses.release('contract', 'holder');
      expect(await held()).toBe(0);
    });
  });

  test('row 3: lost replies to all that a host comes and goes with leave one machine, then nothing', async () => {
    const before = await aws.leftovers();
    const lost = ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'ImportKeyPair', 'RunInstances', 'CreateTags', 'StopInstances', 'StartInstances', 'RevokeSecurityGroupIngress', 'TerminateInstances', 'DeleteSecurityGroup'];
    const other = { ...spec(), fleet: 'lost', authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zq1M6u7mJ0h1yqJQp0m8iW6n1m4m3w2l9p5x7s0aC'] };
    for (const action of [...lost, 'DeleteKeyPair']) aws.proxy.faults.push({ on: { body: new RegExp(`Action=${action}(&|$)`) }, times: 1, then: { kind: 'lose' } });
    const rule = (port: number) => ({ protocol: 'tcp' as const, ports: [port, port] as [number, number], from: ['203.0.113.7/32'], purpose: 'ssh' });
    const { fleet, name: host, runId: run } = other;
    const firewall = await aws.networks.ensure({ fleet, host, run, rules: [rule(22)] }, io);
    await aws.instances.create({ ...other, firewall }, io);
    expect(await machines(host)).toBe(1);
    await aws.instances.describe(fleet, host, { hostKey: 'ssh-ed25519 AAAA' });
    await aws.instances.power(fleet, host, 'stop', io);
    expect(await aws.instances.create({ ...other, firewall }, io)).toMatchObject({ state: 'running', endpoint: { hostKeys: ['ssh-ed25519 AAAA'] } });
    await aws.networks.ensure({ fleet, host, run, rules: [rule(2222)] }, io);
    expect((await aws.networks.find(fleet, host))?.rules).toEqual([rule(2222)]);
    await aws.instances.destroy(fleet, host, io);
    await aws.networks.remove(fleet, host, io);
    expect(aws.proxy.faults.filter(({ times }) => times !== 0).map(({ on }) => on.body?.source)).toEqual([]);
    expect(await aws.leftovers()).toEqual(before);
  });

  test.each(['InvalidNextToken', 'InvalidPaginationToken'])('row 5: a list whose next page is not known any more (%s) is begun anew', async (code) => {
    const all = (await aws.instances.list('contract')).items.map((each) => each.name).sort();
    aws.proxy.clear();
    aws.proxy.faults.push(
      { on: { body: /NextToken=old/ }, then: answer(400, code) },
      { on: { body: LOOK }, times: 1, then: { kind: 'rewrite', body: (body) => body.replace('</reservationSet>', '</reservationSet><nextToken>old</nextToken>') } },
    );
    expect((await aws.instances.list('contract')).items.map((each) => each.name).sort()).toEqual(all);
    expect(aws.proxy.requests.map(({ body }) => new URLSearchParams(body).get('NextToken'))).toEqual([null, 'old', null]);
  });

  test('row 5: one that is never known is told, and not asked for without end', async () => {
    aws.proxy.faults.push(
      { on: { body: /NextToken=old/ }, then: answer(400, 'InvalidNextToken') },
      { on: { body: LOOK }, then: { kind: 'rewrite', body: (body) => body.replace('</reservationSet>', '</reservationSet><nextToken>old</nextToken>') } },
    );
    await expect(aws.instances.list('contract')).rejects.toMatchObject({ original: 'InvalidNextToken' });
    expect(aws.proxy.seen(/NextToken=old/)).toBe(3);
  });

  test('row 5: security groups and images in split and empty pages are complete', async () => {
    await aws.networks.ensure({ fleet: 'contract', host: 'paged', run: 'run-7', rules: [] });
    const groups = (await aws.networks.list('contract')).items.map(({ owner }) => owner.host).sort();
    const image = await aws.images.resolve('debian-12');
    aws.proxy.clear();
    splitList(aws.proxy, /Action=DescribeSecurityGroups/, 'securityGroupInfo');
    expect((await aws.networks.list('contract')).items.map(({ owner }) => owner.host).sort()).toEqual(groups);
    expect(groups.length).toBeGreaterThan(1);
    splitList(aws.proxy, /Action=DescribeImages/, 'imagesSet');
    expect(await aws.images.resolve('debian-12')).toEqual(image);
    expect(aws.proxy.seen(/NextToken=page-2/)).toBe(2);
    expect(aws.proxy.seen(/NextToken=page-3/)).toBe(2);
  });

  test('row 5: a list that is split, with an empty page in between, is complete', async () => {
    const all = (await aws.instances.list('contract')).items.map((each) => each.name).sort();
    expect(all.length).toBeGreaterThan(2);
    aws.proxy.clear();
    const set = /<reservationSet>[\s\S]*<\/reservationSet>/;
    aws.proxy.faults.push(
      { on: { body: LOOK }, times: 1, then: { kind: 'rewrite', body: (body) => body.replace(set, '<reservationSet/><nextToken>empty-page</nextToken>') } },
      { on: { body: /NextToken=empty-page/ }, then: { kind: 'instead', request: (seen) => ({ ...seen, body: seen.body.replace(/&NextToken=empty-page/, '') }) } },
    );
    expect((await aws.instances.list('contract')).items.map((each) => each.name).sort()).toEqual(all);
    expect(aws.proxy.seen(/NextToken=empty-page/)).toBe(1);
  });

  test.each(['ExpiredToken', 'RequestExpired'])('row 13: a login that expires in mid-run (%s) stops with one message and no storm of retries', async (code) => {
    aws.proxy.faults.push({ on: { body: LOOK }, after: 1, then: answer(400, code) });
    await expect(aws.instances.create(spec(), io)).rejects.toMatchObject({ code: 'NOT_LOGGED_IN', exitCode: 4, hint: expect.stringContaining('aws sso login') as string });
    expect(aws.proxy.seen(LOOK)).toBe(2);
  });

  test('row 13: a missing right is told as denied', async () => {
    aws.proxy.faults.push({ on: { body: RUN }, then: answer(403, 'UnauthorizedOperation') });
    await expect(aws.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(aws.proxy.seen(RUN)).toBe(1);
  });
});
