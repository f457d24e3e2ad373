import type { _InstanceType } from '@aws-sdk/client-ec2';
import { UserError } from '../../core/errors.js';
import type { Architecture } from '../contracts/images.js';
import { calling, codeOf } from './errors.js';
import type { AwsSdk } from './sdk.js';

/** What the processor of an instance type understands. @throws UserError when the region has no such type. */
export async function architectureOf(sdk: AwsSdk, region: string, size: string, host: string): Promise<Architecture> {
  const [{ DescribeInstanceTypesCommand }, client] = await Promise.all([import('@aws-sdk/client-ec2'), sdk.ec2(region)]);
  try {
    const { InstanceTypes: [type] = [] } = await calling(`looking up the instance type ${size}`, () =>
      client.send(new DescribeInstanceTypesCommand({ InstanceTypes: [size as _InstanceType] })));
    if (type) return type.ProcessorInfo?.SupportedArchitectures?.includes('arm64') ? 'arm64' : 'x64';
  } catch (error) {
    if (codeOf((error as Error).cause) !== 'InvalidInstanceType') throw error;
  }
  throw new UserError(`AWS has no instance type ${size} in ${region}.`, { code: 'NO_SIZE', where: `hosts.${host}.size`, hint: 'Such as t3.micro or t4g.small: https://aws.amazon.com/ec2/instance-types/' });
}
