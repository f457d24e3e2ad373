import { CLOUD_MACHINE, defineProvider, type SchemaValues } from '../contracts/module.js';
import { AWS_ENDPOINTS } from './endpoints.js';
import type { AwsConfig } from './sdk.js';

const config = ({ z, region, httpUrl }: SchemaValues) =>
  z.strictObject({
    region: region
      .optional()
      .describe('Region of hosts that name none. Default: AWS_REGION, else the region of the profile'),
    profile: z
      .string()
      .min(1)
      .optional()
      .describe('Profile of the AWS configuration. Default: AWS_PROFILE, else default'),
    role: z
      .string()
      .regex(/^arn:/, 'an ARN: arn:aws:iam::123456789012:role/fanops')
      .optional()
      .describe('Role to assume with the credentials of the profile'),
    subnet: z.string().optional().describe('Subnet of new hosts. Default: the default subnet of the zone'),
    endpoint: httpUrl.optional().describe('Address of the EC2 API. Default: that of the region'),
    pricingEndpoint: httpUrl.optional().describe('Address of the Price List API. Default: the public one'),
  });

export const provider = defineProvider<AwsConfig>({
  name: 'aws',
  summary: 'a machine of EC2 in AWS',
  traits: CLOUD_MACHINE,
  capabilities: ['instances', 'networks', 'addresses', 'images', 'pricing', 'shared'],
  hostFields: ['size', 'image', 'disk', 'region', 'zone', 'sshFrom'],
  examples: { size: 't3.small', zone: 'eu-west-1a' },
  plainSettings: ['region', 'subnet'],
  endpoints: AWS_ENDPOINTS,
  questions: [
    {
      key: 'region',
      message: 'Region of AWS (empty: AWS_REGION, else that of the profile)',
      description: 'region of AWS; default: AWS_REGION, else that of the profile',
      required: false,
    },
  ],
  config,
  // A zone is its region and a letter, or the name of a local zone.
  hostProblems: ({ region, zone }) =>
    zone !== undefined && region !== undefined && !zone.startsWith(region)
      ? [{ path: ['zone'], message: `${zone} is not in ${region}` }]
      : [],
  load: async () => (await import('./index.js')).awsProvider,
});
