import { createHash } from 'node:crypto';
import type { Instance as Machine, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { InstanceSpec } from '../contracts/instances.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import { TAGS, tagsOf } from '../contracts/ownership.js';
import { codeOf, kindOf, providerError } from './errors.js';
import { architectureOf } from './instance-types.js';
import { ensureKeyPair } from './key-pairs.js';
import { AWS_TAGS } from './machine.js';
import type { AwsParts } from './parts.js';
import { throttled, whilePassing } from './patience.js';
import { specifications } from './tags.js';

const DEFAULT_SIZE = 't3.micro';
const DEFAULT_DISK_GIB = 10;
/** How long a machine whose answer was lost may take to be listed. */
const LOOK_MS = 20_000;
/**
 * How long a throttled launch is repeated, and one that names what was made a moment ago and is not known everywhere
 * yet.
 */
const PASSES_MS = 2 * 60_000;
const UNKNOWN_YET: Record<string, string> = {
  'InvalidGroup.NotFound': 'its security group is not known yet',
  'InvalidKeyPair.NotFound': 'its key pair is not known yet',
};
const TRIES = 3;

/**
 * Makes one machine. A reply that was lost leaves open whether there is one: before another try it is looked up by its
 * tags, and the token
 * is the same for every try, so that EC2 itself makes no second one.
 */
export async function launch(
  parts: AwsParts,
  region: string,
  spec: InstanceSpec,
  find: () => Promise<Machine | undefined>,
  io: ProviderIo,
): Promise<void> {
  const { RunInstancesCommand } = await import('./clients.js');
  const client = await parts.sdk.ec2(region, true);
  const input = await request(parts, region, spec);
  for (let tried = 1; ; tried += 1) {
    try {
      const patience = {
        ...io,
        clock: parts.clock,
        what: `to accept the request for ${spec.name}`,
        timeoutMs: PASSES_MS,
      };
      await whilePassing(
        patience,
        (error) => throttled(error) ?? UNKNOWN_YET[codeOf(error)],
        () => client.send(new RunInstancesCommand(input)),
      );
      return;
    } catch (error) {
      const unsure = kindOf(error) === 'PROVIDER_DOWN';
      if (!unsure) throw providerError(error, `making ${spec.name}`);
      io.progress?.(`the answer for ${spec.name} was lost; looking whether it was made`);
      if (await appears(parts, find)) return;
      if (tried === TRIES) throw providerError(error, `making ${spec.name}`);
    }
  }
}

async function appears(parts: AwsParts, find: () => Promise<Machine | undefined>): Promise<boolean> {
  const end = parts.clock.now() + LOOK_MS;
  for (let pause = 500; ; pause *= 2) {
    if (await find()) return true;
    if (parts.clock.now() + pause > end) return false;
    await parts.clock.sleep(pause);
  }
}

async function request(
  { sdk, images, config }: AwsParts,
  region: string,
  spec: InstanceSpec,
): Promise<RunInstancesCommandInput> {
  const alias = spec.image ?? 'debian-12';
  const size = spec.size ?? DEFAULT_SIZE;
  const image = await images.inRegion(alias, region, await architectureOf(sdk, region, size, spec.name));
  const { fleet, name, token = `${spec.runId}/${spec.name}` } = spec;
  const tags = {
    Name: `${fleet}-${name}`,
    ...tagsOf({ fleet, host: name, run: spec.runId }),
    [TAGS.roles]: spec.roles.join(' '),
    [AWS_TAGS.image]: alias,
    ...(spec.hostKey ? { [TAGS.hostKey]: spec.hostKey } : {}),
    ...(spec.user ? { [AWS_TAGS.user]: spec.user } : {}),
  };
  const [publicKey] = spec.authorizedKeys ?? [];
  return {
    ClientToken: createHash('sha256').update(`${fleet}/${name}/${token}`).digest('hex'), // at most 64 characters
    ImageId: image.id,
    InstanceType: size as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    ...(publicKey ? { KeyName: await ensureKeyPair(sdk, region, fleet, publicKey, spec.runId) } : {}),
    ...(config.subnet ? { SubnetId: config.subnet } : {}),
    ...(spec.firewall ? { SecurityGroupIds: [spec.firewall.id] } : {}),
    ...(spec.zone ? { Placement: { AvailabilityZone: spec.zone } } : {}),
    ...(spec.userData ? { UserData: Buffer.from(spec.userData).toString('base64') } : {}),
    BlockDeviceMappings: [
      {
        DeviceName: image.rootDevice,
        Ebs: { VolumeType: 'gp3', VolumeSize: spec.diskGiB ?? DEFAULT_DISK_GIB, DeleteOnTermination: true },
      },
    ],
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, HttpEndpoint: 'enabled' },
    TagSpecifications: specifications(['instance', 'volume'], tags),
  };
}
