import { createHash } from 'node:crypto';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateSecurityGroupCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { motoMissing } from '../helpers/moto.js';
import { startAws } from '../helpers/aws.js';
import { addressesContract } from './addresses.contract.js';
import { imagesContract } from './images.contract.js';
import { instancesContract } from './instances.contract.js';
import { networksContract } from './networks.contract.js';
import { pricingContract } from './pricing.contract.js';
import { sharedContract } from './shared.contract.js';

const missing = motoMissing();

describe.skipIf(missing)('aws on moto', () => {
  instancesContract({ name: 'aws', ssh: false, start: startAws });
  networksContract({ name: 'aws', start: startAws });
  addressesContract({ name: 'aws', start: startAws });
  imagesContract({
    name: 'aws',
    start: startAws,
    known: 'debian-12',
    newest: 'ami-0deb12000000000a2',
    newestArm: 'ami-0deb12000000000b1',
    armSize: 't4g.micro',
    bootImage: (body) =>
      /Action=RunInstances.*&ImageId=([^&]+)|&ImageId=([^&]+).*Action=RunInstances/.exec(body)?.slice(1).find(Boolean),
  });
  pricingContract({
    name: 'aws',
    start: startAws,
    known: 't3.micro',
    other: 't3.small',
    region: 'eu-west-1',
    list: { 't3.micro': 0.25, 't3.small': 0.5 },
  });

  test('a size that the region does not have is refused before anything is made', async () => {
    const aws = await startAws();
    try {
      const made = aws.instances.create({
        name: 'app-1',
        fleet: 'contract',
        roles: ['app'],
        runId: 'run-7',
        size: 't3.microscopic',
        ...aws.extra('app-1'),
      });
      await expect(made).rejects.toMatchObject({
        code: 'NO_SIZE',
        where: 'hosts.app-1.size',
        message: 'AWS has no instance type t3.microscopic in us-east-1.',
      });
      expect(aws.proxy.seen(/Action=(RunInstances|ImportKeyPair)/)).toBe(0);
    } finally {
      await aws.stop();
    }
  }, 120_000);
  test('an address of a fleet that holds a machine of somebody else is neither taken from it nor given back; one without its tag is not given to a host', async () => {
    const aws = await startAws();
    try {
      const refused = { code: 'CONFLICT', exitCode: 5 };
      const own = await aws.instances.create({
        name: 'app-1',
        fleet: 'contract',
        roles: ['app'],
        runId: 'run-7',
        ...aws.extra('app-1'),
      });
      const { id, address } = await aws.addresses.allocate({ fleet: 'contract', host: 'app-1', run: 'run-7' });
      const { Instances: [{ ImageId = '' } = {}] = [] } = (
        await aws.client.send(new DescribeInstancesCommand({ InstanceIds: [own.id] }))
      ).Reservations![0]!;
      const { Instances: [{ InstanceId = '' } = {}] = [] } = await aws.client.send(
        new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1 }),
      );
      await aws.client.send(new AssociateAddressCommand({ AllocationId: id, InstanceId }));
      const holder = async () =>
        (await aws.client.send(new DescribeAddressesCommand({ AllocationIds: [id] }))).Addresses?.[0]?.InstanceId;
      await expect(aws.addresses.release('contract', 'app-1')).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining(InstanceId) as string,
        hint: `Take ${address} from it first.`,
      });
      await expect(aws.addresses.associate(id, 'contract', 'app-1', { takeOver: true })).rejects.toMatchObject(refused);
      expect(await holder()).toBe(InstanceId);
      const { AllocationId: foreign = '' } = await aws.client.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      await expect(aws.addresses.associate(foreign, 'contract', 'app-1')).rejects.toMatchObject(refused);
    } finally {
      await aws.stop();
    }
  }, 120_000);
  test('security groups of others whose names begin like those of a fleet are not its own', async () => {
    const aws = await startAws();
    try {
      await aws.networks.ensure({ fleet: 'contract', host: 'own', run: 'run-7', rules: [] });
      await aws.networks.ensure({ fleet: 'contract-2', host: 'other', run: 'run-7', rules: [] });
      await aws.client.send(
        new CreateSecurityGroupCommand({ GroupName: 'fanops-contract-by-hand', Description: 'of somebody else' }),
      );
      expect((await aws.networks.list('contract')).items.map(({ owner }) => owner.host)).toEqual(['own']);
      expect((await aws.networks.list('contract-2')).items.map(({ owner }) => owner.host)).toEqual(['other']);
    } finally {
      await aws.stop();
    }
  }, 120_000);
  test('a security group and a key pair of others with the names that fanops gives are refused, and stay as they are', async () => {
    const aws = await startAws();
    try {
      await aws.client.send(
        new CreateSecurityGroupCommand({ GroupName: 'fanops-contract-app-1', Description: 'of somebody else' }),
      );
      const refused = { code: 'CONFLICT', exitCode: 5 };
      await expect(
        aws.networks.ensure({ fleet: 'contract', host: 'app-1', run: 'run-7', rules: [] }),
      ).rejects.toMatchObject(refused);
      const { authorizedKeys: [key = ''] = [] } = aws.extra('app-2');
      const name = `fanops-contract-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
      await aws.client.send(new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial: Buffer.from(key) }));
      await expect(
        aws.instances.create({
          name: 'app-2',
          fleet: 'contract',
          roles: ['app'],
          runId: 'run-7',
          ...aws.extra('app-2'),
        }),
      ).rejects.toMatchObject(refused);
      await aws.instances.destroy('contract', 'app-2');
      expect((await aws.client.send(new DescribeKeyPairsCommand({}))).KeyPairs?.map(({ KeyName }) => KeyName)).toEqual([
        name,
      ]);
    } finally {
      await aws.stop();
    }
  }, 120_000);
  sharedContract({
    name: 'aws',
    start: startAws,
    fail: async ({ proxy, instances }, spec) => {
      const body =
        '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>';
      proxy.faults.push({ on: { body: /Action=RunInstances/ }, times: 1, then: { kind: 'answer', status: 403, body } });
      await expect(instances.create(spec)).rejects.toMatchObject({ provider: 'aws' });
    },
  });
});
