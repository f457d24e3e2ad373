import { z } from 'zod';
import { httpUrl, region } from './schema-values.js';

export const localProvider = z.strictObject({
  root: z.string().min(1).optional().describe('Folder of the local hosts. Default: ~/.fanops/local'),
  ports: z
    .string()
    .regex(/^\d+-\d+$/, 'two ports: 42000-42099')
    .optional()
    .describe('Range for the SSH ports of local hosts. Default: 42000-42099'),
});

export const dockerProvider = z.strictObject({
  host: z
    .string()
    .min(1)
    .optional()
    .describe('Address of the Docker engine. Default: DOCKER_HOST, else the current context of the docker command'),
  image: z
    .string()
    .min(1)
    .optional()
    .describe('Base image of the hosts. Default: debian:12 or ubuntu:24.04, as the image of the host says'),
  ports: z
    .string()
    .regex(/^\d+-\d+$/, 'two ports: 43000-43099')
    .optional()
    .describe('Range for the ports that hosts publish on the loopback interface. Default: any free one'),
});

export const awsProvider = z.strictObject({
  region: region.optional().describe('Default: AWS_REGION, else the region of the profile'),
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

export const azureProvider = z.strictObject({
  subscription: z.string().min(1).describe('Subscription id'),
  location: region.describe('Region of new hosts: westeurope'),
  resourceGroup: z.string().min(1).optional().describe('Group that fanops makes and uses. Default: fanops-FLEET'),
  endpoint: httpUrl.optional().describe('Address of the Resource Manager. Default: the public cloud'),
  pricingEndpoint: httpUrl.optional().describe('Address of the Retail Prices API. Default: the public one'),
});

export const gcpProvider = z.strictObject({
  project: z.string().min(1).describe('Project id'),
  zone: z
    .string()
    .regex(/^[a-z]+-[a-z]+\d+-[a-z]$/, 'a zone: europe-west1-b')
    .describe('Zone of new hosts'),
  network: z.string().min(1).optional().describe('VPC network. Default: default'),
  endpoint: httpUrl.optional().describe('Address of the Compute Engine API. Default: the public cloud'),
  pricingEndpoint: httpUrl.optional().describe('Address of the Cloud Billing API. Default: the public one'),
});
