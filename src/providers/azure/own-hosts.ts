import type { ComputeManagementClient } from '@azure/arm-compute';
import { ProviderError } from '../contracts/errors.js';

type Policy = Parameters<ComputeManagementClient['pipeline']['addPolicy']>[0];

export const RESOURCE_MANAGER = 'https://management.azure.com';

/**
 * Whether the login may go to an address that an answer named: to the Resource Manager and its regional hosts, by
 * https.
 */
export function mayHaveLogin(url: URL, endpoint: string = RESOURCE_MANAGER): boolean {
  const own = new URL(endpoint);
  return url.protocol === 'https:' && (url.host === own.host || url.host.endsWith(`.${own.host}`));
}

/**
 * Stops a request that would carry the login elsewhere: redirects, addresses of operations, whatever else an answer
 * names.
 */
export const keepLogin = (endpoint?: string): Policy => ({
  name: 'fanopsKeepLogin',
  async sendRequest(request, next) {
    const url = new URL(request.url);
    if (!request.headers.has('authorization') || mayHaveLogin(url, endpoint)) return next(request);
    throw new ProviderError(`Azure answered with an address on ${url.host}, to which the login is not sent.`, {
      provider: 'azure',
      code: 'PROVIDER',
      original: 'ForeignAddress',
      hint: 'Check providers.azure.endpoint, and proxies on the way.',
    });
  },
});
