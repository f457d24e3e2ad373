import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { systemClock } from '../../src/core/clock.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { motoMissing } from '../helpers/moto.js';

const missing = motoMissing();
const RUN = /Action=RunInstances/;
const LOOK = /Action=DescribeInstances/;
const error = (code: string, message = code): string => `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`;
const answer = (status: number, code: string) => ({ kind: 'answer' as const, status, headers: { 'content-type': 'text/xml' }, body: error(code) });

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

  test('row 2: reads that stay throttled are told as throttled', async () => {
    aws.proxy.faults.push({ on: { body: LOOK }, then: answer(503, 'RequestLimitExceeded') });
    await expect(aws.instances.list('contract')).rejects.toMatchObject({ code: 'THROTTLED', hint: expect.stringContaining('try again') as string });
  });

  test('row 3: a lost reply to RunInstances makes one machine, found by its tags', async () => {
    aws.proxy.faults.push({ on: { body: RUN }, times: 1, then: { kind: 'lose' } });
    const name = await create();
    expect(await machines(name)).toBe(1);
    expect(aws.proxy.seen(RUN)).toBe(1);
    expect(waited).toContain(`the answer for ${name} was lost; looking whether it was made`);
  });

  test('row 3: a request that never arrived is sent again, with the same token', async () => {
    let now = Date.now();
    const patient = await startAws({}, {}, { now: () => now, sleep: async (ms) => { now += ms; await systemClock.sleep(1); } });
    patient.proxy.faults.push({ on: { body: RUN }, times: 1, then: { kind: 'cut' } });
    expect(await patient.instances.create({ ...spec(), ...patient.extra('x') }, io)).toMatchObject({ state: 'running' });
    const tokens = patient.proxy.requests.filter(({ body }) => RUN.test(body)).map(({ body }) => new URLSearchParams(body).get('ClientToken'));
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]?.length).toBe(64);
    await patient.stop();
  });

  test.each([
    [500, 'InsufficientInstanceCapacity', 'CAPACITY'], [400, 'VcpuLimitExceeded', 'QUOTA'], [400, 'IdempotentParameterMismatch', 'CONFLICT'],
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

  test('row 13: a login that expires in mid-run stops with one message and no storm of retries', async () => {
    aws.proxy.faults.push({ on: { body: LOOK }, after: 1, then: answer(400, 'ExpiredToken') });
    await expect(aws.instances.create(spec(), io)).rejects.toMatchObject({ code: 'NOT_LOGGED_IN', exitCode: 4, hint: expect.stringContaining('aws sso login') as string });
    expect(aws.proxy.seen(LOOK)).toBe(2);
  });

  test('row 13: a missing right is told as denied', async () => {
    aws.proxy.faults.push({ on: { body: RUN }, then: answer(403, 'UnauthorizedOperation') });
    await expect(aws.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(aws.proxy.seen(RUN)).toBe(1);
  });
});
