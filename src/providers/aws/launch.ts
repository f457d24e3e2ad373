import { createHash } from 'node:crypto';
import type { Instance as Machine, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { waitFor } from '../../core/wait.js';
import type { InstanceSpec, ProviderIo } from '../contracts/instances.js';
import { TAGS, tagsOf } from '../contracts/ownership.js';
import { kindOf, providerError } from './errors.js';
import type { AwsParts } from './instances.js';
import { architectureOf } from './instance-types.js';
import { ensureKeyPair } from './key-pairs.js';
import { AWS_TAGS } from './machine.js';
import { specifications } from './tags.js';

const DEFAULT_SIZE = 't3.micro';
const DEFAULT_DISK_GIB = 10;
/** How long a machine whose answer was lost may take to be listed. */
const LOOK_MS = 20_000;
const THROTTLED_MS = 2 * 60_000;
const TRIES = 3;

/**
 * Makes one machine. A reply that was lost leaves open whether there is one: before another try it is looked up by its tags, and the token
 * is the same for every try, so that EC2 itself makes no second one.
 */
export async function launch(parts: AwsParts, region: string, spec: InstanceSpec, find: () => Promise<Machine | undefined>, io: ProviderIo): Promise<void> {
  const { RunInstancesCommand } = await import('@aws-sdk/client-ec2');
  const client = await parts.sdk.ec2(region, true);
  const input = await request(parts, region, spec);
  for (let tried = 1; ; tried += 1) {
    try {
      await throttled(parts, spec.name, io, () => client.send(new RunInstancesCommand(input)));
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

/** A throttled call made nothing: it is repeated for a while with growing pauses. */
function throttled<T>(parts: AwsParts, name: string, io: ProviderIo, call: () => Promise<T>): Promise<T> {
  return waitFor(async () => {
    try {
      return { done: true, value: await call() };
    } catch (error) {
      if (kindOf(error) === 'THROTTLED') return { done: false, seen: 'AWS answers too many requests' };
      throw error;
    }
  }, { clock: parts.clock, what: `AWS to accept the request for ${name}`, timeoutMs: THROTTLED_MS, intervalMs: 1000, maxMs: 20_000, signal: io.signal, onWait: io.progress });
}

async function request({ sdk, images, config }: AwsParts, region: string, spec: InstanceSpec): Promise<RunInstancesCommandInput> {
  const alias = spec.image ?? 'debian-12';
  const size = spec.size ?? DEFAULT_SIZE;
  const image = await images.inRegion(alias, region, await architectureOf(sdk, region, size, spec.name));
  const { fleet, name, token = `${spec.runId}/${spec.name}` } = spec;
  const tags = {
    Name: `${fleet}-${name}`, ...tagsOf({ fleet, host: name, run: spec.runId }), [TAGS.roles]: spec.roles.join(' '), [AWS_TAGS.image]: alias,
    ...(spec.hostKey ? { [TAGS.hostKey]: spec.hostKey } : {}), ...(spec.user ? { [AWS_TAGS.user]: spec.user } : {}),
  };
  const [publicKey] = spec.authorizedKeys ?? [];
  return {
    ClientToken: createHash('sha256').update(`${fleet}/${name}/${token}`).digest('hex'), // at most 64 characters
    ImageId: image.id, InstanceType: size as RunInstancesCommandInput['InstanceType'], MinCount: 1, MaxCount: 1,
    ...(publicKey ? { KeyName: await ensureKeyPair(sdk, region, fleet, publicKey, spec.runId) } : {}),
    ...(config.subnet ? { SubnetId: config.subnet } : {}),
    ...(spec.firewall ? { SecurityGroupIds: [spec.firewall.id] } : {}),
    ...(spec.zone ? { Placement: { AvailabilityZone: spec.zone } } : {}),
    ...(spec.userData ? { UserData: Buffer.from(spec.userData).toString('base64') } : {}),
    BlockDeviceMappings: [{ DeviceName: image.rootDevice, Ebs: { VolumeType: 'gp3', VolumeSize: spec.diskGiB ?? DEFAULT_DISK_GIB, DeleteOnTermination: true } }],
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, HttpEndpoint: 'enabled' },
    TagSpecifications: specifications(['instance', 'volume'], tags),
  };
}
