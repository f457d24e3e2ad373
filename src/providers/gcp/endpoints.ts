import type { EndpointField } from '../contracts/endpoints.js';

const GOOGLE = /^([a-z0-9-]+\.)+googleapis\.com$/;

/**
 * The APIs of Google Cloud, also by the names for private access:
 * https://cloud.google.com/vpc/docs/configure-private-google-access
 */
export const GCP_ENDPOINTS: readonly EndpointField[] = [
  { key: 'endpoint', own: GOOGLE },
  { key: 'pricingEndpoint', own: GOOGLE },
];
