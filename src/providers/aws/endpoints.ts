import type { EndpointField } from '../contracts/endpoints.js';

/**
 * Addresses that get requests signed by the user's login. Only hosts of the service itself are the cloud's own:
 * machines, buckets and gateways of anybody
 * have names below amazonaws.com as well. https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
const DOMAINS = String.raw`(${[
  String.raw`amazonaws\.com`,
  String.raw`amazonaws\.com\.cn`,
  String.raw`amazonaws\.eu`,
  String.raw`api\.aws`,
  String.raw`api\.amazonwebservices\.com\.cn`,
  String.raw`c2s\.ic\.gov`,
  String.raw`sc2s\.sgov\.gov`,
  String.raw`cloud\.adc-e\.uk`,
  String.raw`csp\.hci\.ic\.gov`,
].join('|')})`;
const REGION = String.raw`(\.[a-z]{2,5}(-[a-z]+)+-\d+)`;

const hostsOf = (service: string): RegExp =>
  new RegExp(String.raw`^(vpce-[a-z0-9-]+\.)?${service}(-fips)?${REGION}?(\.vpce)?\.${DOMAINS}$`);

export const AWS_ENDPOINTS: readonly EndpointField[] = [
  { key: 'endpoint', own: hostsOf('ec2') },
  { key: 'pricingEndpoint', own: hostsOf(String.raw`api\.pricing`) },
];
