import * as ec2 from '@aws-sdk/client-ec2';
import { startFaultProxy, type Seen } from '../fault-proxy/index.js';
import { startMoto } from '../moto.js';
import { bringToLife, type Cloud } from './cloud.js';
import type { Booting } from './machines.js';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const REGION = 'us-east-1';

/** moto, with machines that live. */
export async function awsCloud(): Promise<Cloud> {
  const moto = await startMoto();
  const proxy = await startFaultProxy(moto.url);
  const client = new ec2.EC2Client({
    region: REGION,
    endpoint: moto.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const all = async (): Promise<ec2.Instance[]> =>
    ((await client.send(new ec2.DescribeInstancesCommand({}))).Reservations ?? []).flatMap(
      (each) => each.Instances ?? [],
    );
  const present = async (): Promise<ec2.Instance[]> =>
    (await all()).filter(({ State }) => State?.Name !== 'terminated');
  const userData = new Map<string, string>();
  const userDataOf = async (id: string): Promise<string> => {
    const known = userData.get(id);
    if (known !== undefined) return known;
    const { UserData } = await client.send(
      new ec2.DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' }),
    );
    userData.set(id, Buffer.from(UserData?.Value ?? '', 'base64').toString());
    return userDataOf(id);
  };
  const booting = async (): Promise<Booting[]> =>
    Promise.all(
      (await present()).map(async ({ InstanceId: id = '', State, PublicIpAddress: address = '', Tags = [] }) => ({
        id,
        address,
        on: State?.Name === 'running',
        name: Tags.find(({ Key }) => Key === 'Name')?.Value ?? id,
        userData: await userDataOf(id),
      })),
    );
  const changes = ({ body }: Seen): string | undefined => {
    const [, action = ''] = /(?:^|&)Action=(\w+)/.exec(body) ?? [];
    return action.startsWith('Describe') ? undefined : action;
  };
  const living = await bringToLife('aws', proxy, (request) => changes(request) !== undefined, booting);
  return {
    name: 'aws',
    providers: { aws: { region: REGION, endpoint: proxy.url } },
    env: CREDENTIALS,
    proxy,
    changes,
    snapshot: async () => {
      const [groups, keys, addresses, volumes, cards, images, snapshots, subnets, networks] = await Promise.all([
        client.send(new ec2.DescribeSecurityGroupsCommand({})),
        client.send(new ec2.DescribeKeyPairsCommand({})),
        client.send(new ec2.DescribeAddressesCommand({})),
        client.send(new ec2.DescribeVolumesCommand({})),
        client.send(new ec2.DescribeNetworkInterfacesCommand({})),
        client.send(new ec2.DescribeImagesCommand({})),
        client.send(new ec2.DescribeSnapshotsCommand({})),
        client.send(new ec2.DescribeSubnetsCommand({})),
        client.send(new ec2.DescribeVpcsCommand({})),
      ]);
      const there = await present();
      // moto keeps the interfaces of machines that were terminated, and counts their addresses as taken; EC2 removes those that came with a machine.
      const isKept = (card: ec2.NetworkInterface): boolean =>
        card.Attachment?.InstanceId === undefined ||
        there.some(({ InstanceId }) => InstanceId === card.Attachment?.InstanceId);
      return {
        machines: there,
        groups: groups.SecurityGroups,
        keys: keys.KeyPairs,
        addresses: addresses.Addresses,
        volumes: volumes.Volumes,
        cards: cards.NetworkInterfaces?.filter(isKept),
        images: images.Images,
        snapshots: snapshots.Snapshots,
        subnets: subnets.Subnets?.map(({ AvailableIpAddressCount: _free, ...subnet }) => subnet),
        networks: networks.Vpcs,
      };
    },
    count: async () => ({ now: (await present()).length, made: (await all()).length }),
    stop: async () => {
      client.destroy();
      await living.stop();
      await proxy.stop();
      await moto.stop();
    },
  };
}
