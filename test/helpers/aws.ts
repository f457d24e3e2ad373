import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EC2Client,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { awsProvider } from '../../src/providers/aws/index.js';
import type { AwsConfig } from '../../src/providers/aws/sdk.js';
import type { InstanceSpec } from '../../src/providers/contracts/instances.js';
import type { Capabilities } from '../../src/providers/contracts/provider.js';
import type { HostWish } from '../../src/providers/contracts/setup.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy/index.js';
import { startMoto } from './moto.js';
import { startPriceStub, type PriceStub } from './price-stub.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zq1M6u7mJ0h1yqJQp0m8iW6n1m4m3w2l9p5x7s0aB';

export interface AwsOnMoto extends Capabilities {
  proxy: FaultProxy;
  prices: PriceStub;
  client: EC2Client;
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
  extra(name: string): Partial<InstanceSpec>;
}

/** The provider against moto, through the fault proxy. */
export async function startAws(
  config: AwsConfig = {},
  hosts: Record<string, HostWish> = {},
  clock: Clock = systemClock,
): Promise<AwsOnMoto> {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  const dir = mkdtempSync(join(tmpdir(), 'aws-'));
  const moto = await startMoto();
  const prices = await startPriceStub();
  const proxy = await startFaultProxy(moto.url);
  const provider = awsProvider({
    fleet: 'contract',
    dir: '/',
    config: { region: 'us-east-1', endpoint: proxy.url, pricingEndpoint: prices.url, ...config },
    hosts,
    env: process.env,
    clock,
    stateDir: async () => dir,
    templates: '',
  });
  const client = new EC2Client({
    region: 'us-east-1',
    endpoint: moto.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const before = await state(client);
  return {
    ...(provider as unknown as Capabilities),
    proxy,
    prices,
    client,
    extra: (name) => ({
      userData: '#cloud-config\n{}\n',
      user: 'ops',
      authorizedKeys: [KEY],
      hostKey: KEY,
      token: createHash('sha256').update(name).digest('hex'),
    }),
    leftovers: async () => (await state(client)).filter((each) => !before.includes(each)),
    stop: async () => {
      client.destroy();
      await proxy.stop();
      await moto.stop();
      await prices.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Names of all that is there. */
async function state(client: EC2Client): Promise<string[]> {
  const [machines, groups, keys, addresses, volumes] = await Promise.all([
    client.send(new DescribeInstancesCommand({})),
    client.send(new DescribeSecurityGroupsCommand({})),
    client.send(new DescribeKeyPairsCommand({})),
    client.send(new DescribeAddressesCommand({})),
    client.send(new DescribeVolumesCommand({})),
  ]);
  return [
    ...(machines.Reservations ?? [])
      .flatMap((each) => each.Instances ?? [])
      .filter((each) => each.State?.Name !== 'terminated')
      .map((each) => each.InstanceId ?? ''),
    ...(groups.SecurityGroups ?? []).map((each) => each.GroupId ?? ''),
    ...(keys.KeyPairs ?? []).map((each) => each.KeyName ?? ''),
    ...(addresses.Addresses ?? []).map((each) => each.AllocationId ?? ''),
    ...(volumes.Volumes ?? []).map((each) => each.VolumeId ?? ''),
  ].sort();
}
