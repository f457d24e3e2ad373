import { CLOUD_MACHINE, defineProvider, type SchemaValues } from '../contracts/module.js';
import type { HostWish } from '../contracts/setup.js';
import { GCP_ENDPOINTS } from './endpoints.js';
import type { GcpConfig } from './sdk.js';

const ZONE = /^[a-z]+-[a-z]+\d+-[a-z]$/;
const EXAMPLE = 'europe-west1-b';

const config = ({ z, httpUrl }: SchemaValues) =>
  z.strictObject({
    project: z.string().min(1).describe('Project id'),
    zone: z.string().regex(ZONE, `a zone: ${EXAMPLE}`).describe('Zone of new hosts'),
    network: z.string().min(1).optional().describe('VPC network. Default: default'),
    endpoint: httpUrl.optional().describe('Address of the Compute Engine API. Default: the public cloud'),
    pricingEndpoint: httpUrl.optional().describe('Address of the Cloud Billing API. Default: the public one'),
  });

const hostProblems = ({ region, zone }: HostWish) => [
  ...(region === undefined
    ? []
    : [{ path: ['region'], message: 'a host of gcp is placed by its zone', hint: `Write \`zone: ${EXAMPLE}\`.` }]),
  ...(zone === undefined || ZONE.test(zone)
    ? []
    : [{ path: ['zone'], message: `"${zone}" is no zone of gcp`, hint: `Such as ${EXAMPLE}.` }]),
];

export const provider = defineProvider<GcpConfig>({
  name: 'gcp',
  summary: 'a machine of Compute Engine in Google Cloud',
  traits: CLOUD_MACHINE,
  capabilities: ['instances', 'networks', 'addresses', 'images', 'pricing'],
  hostFields: ['size', 'image', 'disk', 'zone', 'sshFrom'],
  examples: { size: 'e2-small', zone: EXAMPLE },
  plainSettings: ['zone', 'network'],
  endpoints: GCP_ENDPOINTS,
  questions: [
    {
      key: 'project',
      message: 'Id of the project in Google Cloud',
      description: 'project of Google Cloud',
      helpValue: 'ID',
      required: true,
    },
    {
      key: 'zone',
      message: `Zone of Google Cloud, such as ${EXAMPLE}`,
      description: 'zone of Google Cloud',
      required: true,
      check: (text) => ZONE.test(text) || `A zone: ${EXAMPLE}.`,
    },
  ],
  config,
  hostProblems,
  load: async () => (await import('./index.js')).gcpProvider,
});
