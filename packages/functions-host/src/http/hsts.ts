import type { ServerResponse } from 'node:http';
import type { HstsOptions } from '../config/hsts-options.js';

/** Sets Strict-Transport-Security on answers to https requests, unless the host is left out (specification 2.1). */
export function applyHsts(
  res: ServerResponse,
  { proto, host }: { proto: string; host: string },
  options: HstsOptions | undefined,
): void {
  if (!options || proto !== 'https') return;
  const name = host.toLowerCase().replace(/:\d+$/, '');
  if (!options.excludedHosts.includes(name)) res.setHeader('Strict-Transport-Security', options.header);
}
