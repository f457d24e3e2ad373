import type { _InstanceType } from '@aws-sdk/client-ec2';
import { UserError } from '../../core/errors.js';
import type { Architecture } from '../contracts/images.js';
import { calling, codeOf } from './errors.js';
import { itemsOf } from './patience.js';
import type { AwsSdk } from './sdk.js';

/** Facts of those of some instance types that a region has. */
export async function typesOf(
  sdk: AwsSdk,
  region: string,
  sizes: readonly string[],
  abortSignal?: AbortSignal,
): Promise<{ size: string; vcpu?: number; memoryMiB?: number }[]> {
  const [{ paginateDescribeInstanceTypes }, client] = await Promise.all([import('./clients.js'), sdk.ec2(region)]);
  const types = await calling(`looking up instance types in ${region}`, () =>
    itemsOf(
      () =>
        paginateDescribeInstanceTypes(
          { client },
          { Filters: [{ Name: 'instance-type', Values: [...sizes] }] },
          { abortSignal },
        ),
      (page) => page.InstanceTypes,
    ),
  );
  return types.flatMap(({ InstanceType: size, VCpuInfo, MemoryInfo }) =>
    size ? [{ size, vcpu: VCpuInfo?.DefaultVCpus, memoryMiB: MemoryInfo?.SizeInMiB }] : [],
  );
}

/** What the processor of an instance type understands. @throws UserError when the region has no such type. */
export async function architectureOf(sdk: AwsSdk, region: string, size: string, host: string): Promise<Architecture> {
  const [{ DescribeInstanceTypesCommand }, client] = await Promise.all([import('./clients.js'), sdk.ec2(region)]);
  try {
    const { InstanceTypes: [type] = [] } = await calling(`looking up the instance type ${size}`, () =>
      client.send(new DescribeInstanceTypesCommand({ InstanceTypes: [size as _InstanceType] })),
    );
    if (type) return type.ProcessorInfo?.SupportedArchitectures?.includes('arm64') ? 'arm64' : 'x64';
  } catch (error) {
    if (codeOf((error as Error).cause) !== 'InvalidInstanceType') throw error;
  }
  throw new UserError(`AWS has no instance type ${size} in ${region}.`, {
    code: 'NO_SIZE',
    where: `hosts.${host}.size`,
    hint: 'Such as t3.micro or t4g.small: https://aws.amazon.com/ec2/instance-types/',
  });
}
