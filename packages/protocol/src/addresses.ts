import { isIP } from 'node:net';
import * as z from 'zod/mini';

/** Whether a text is an address, or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && !address.includes('%') && (bits === undefined || Number(bits) <= (family === 6 ? 128 : 32));
}

export const network = z.string().check(z.refine(isNetwork, 'must be ADDRESS or ADDRESS/BITS'));

export const ipAddress = z.string().check(z.refine((text) => isIP(text) !== 0, 'must be an IP address'));

/** A name server: ADDRESS or ADDRESS:PORT. */
export const nameServer = z
  .string()
  .check(
    z.regex(
      /^(\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:]+\])(:\d+)?$/,
      'must be ADDRESS or ADDRESS:PORT, with brackets around IPv6',
    ),
  );

export const hostName = z.string().check(z.regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'must be a host name'));

/** Why a text is no URL that a router can send requests to; undefined when it is one. */
function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an http or https URL';
  if (url.username || url.password) return 'must not hold credentials';
  return url.search || url.hash ? 'must not have a query or a fragment' : undefined;
}

export const upstreamUrl = z.string().check((ctx) => {
  const message = urlProblem(ctx.value);
  if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: ctx.value });
});
