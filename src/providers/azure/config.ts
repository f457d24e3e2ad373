import { CLOUD_MACHINE, defineProvider, type SchemaValues } from '../contracts/module.js';
import { AZURE_ENDPOINTS } from './endpoints.js';
import type { AzureConfig } from './sdk.js';

const config = ({ z, region, httpUrl }: SchemaValues) =>
  z.strictObject({
    subscription: z.string().min(1).describe('Subscription id'),
    location: region.describe('Region of new hosts: westeurope'),
    resourceGroup: z.string().min(1).optional().describe('Group that fanops makes and uses. Default: fanops-FLEET'),
    endpoint: httpUrl.optional().describe('Address of the Resource Manager. Default: the public cloud'),
    pricingEndpoint: httpUrl.optional().describe('Address of the Retail Prices API. Default: the public one'),
  });

export const provider = defineProvider<AzureConfig>({
  name: 'azure',
  summary: 'a virtual machine in Azure',
  traits: CLOUD_MACHINE,
  capabilities: ['instances', 'networks', 'addresses', 'images', 'pricing', 'shared'],
  hostFields: ['size', 'image', 'disk', 'region', 'zone', 'sshFrom'],
  examples: { size: 'Standard_B1s', zone: '"1"' },
  plainSettings: ['location'],
  endpoints: AZURE_ENDPOINTS,
  questions: [
    {
      key: 'subscription',
      message: 'Id of the subscription in Azure',
      description: 'subscription of Azure',
      helpValue: 'ID',
      required: true,
    },
    {
      key: 'location',
      message: 'Region of Azure, such as westeurope',
      description: 'region of Azure',
      required: true,
    },
  ],
  config,
  hostProblems: ({ zone }) =>
    zone === undefined || /^[1-9]$/.test(zone)
      ? []
      : [{ path: ['zone'], message: `"${zone}" is no zone of azure`, hint: 'A number, in quotes: "1".' }],
  load: async () => (await import('./index.js')).azureProvider,
});
