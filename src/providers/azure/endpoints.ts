import type { EndpointField } from '../contracts/endpoints.js';

/** The Resource Manager of the public and the sovereign clouds, with its regional hosts, and the price list. */
export const AZURE_ENDPOINTS: readonly EndpointField[] = [
  {
    key: 'endpoint',
    own: /^([a-z0-9-]+\.)?management\.(azure\.com|usgovcloudapi\.net|chinacloudapi\.cn|microsoftazure\.de)$/,
  },
  { key: 'pricingEndpoint', own: /^prices\.azure\.(com|cn)$/ },
];
