import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { startHeader } from './headers.js';

/** Headers by which a proxy says who asked. The router sets them; of clients only those of trusted proxies pass. */
export const forwardedHeaders = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
] as const;

/** Others of the kind, which the router does not set; they pass from trusted proxies only. */
export const identityHeaders = [
  'forwarded',
  'x-forwarded',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'client-ip',
  'x-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'x-original-for',
  'x-original-host',
  'x-original-proto',
  'x-original-url',
  'x-rewrite-url',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-appservice-proto',
  'disguised-host',
  // What Azure's front end tells of a client certificate and of a signed-in user; it lets no client set them.
  'x-arr-ssl',
  'x-arr-clientcert',
  'x-ms-client-principal',
  'x-ms-client-principal-id',
  'x-ms-client-principal-name',
  'x-ms-client-principal-idp',
  'x-ms-token-aad-id-token',
  'x-ms-token-aad-access-token',
  'x-ms-token-aad-refresh-token',
  'x-ms-token-aad-expires-on',
] as const;

/** With underscores for dashes, which WSGI and CGI cannot tell apart. */
export const lookalikes = [...forwardedHeaders, ...identityHeaders]
  .filter((name) => name.includes('-'))
  .map((name) => name.replaceAll('-', '_'));

/** Addresses of proxies that say who asked. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** @param networks addresses and networks, IPv4 and IPv6 */
  constructor(networks: readonly string[] = []) {
    for (const each of networks) {
      const [address = '', bits] = each.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.#list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
    }
  }

  has(address: string): boolean {
    return this.#list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
}

/** IPv4 as such also where the socket is of IPv6. */
const plainAddress = (address = '0.0.0.0'): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** Tells the placement who asked. */
export function setForwarded(req: IncomingMessage, requestId: string, trusted: TrustedProxies): void {
  const { headers } = req;
  const peer = plainAddress(req.socket.remoteAddress);
  const isTrusted = trusted.has(peer);
  for (const name of Object.keys(headers)) {
    const dashed = name.replaceAll('_', '-');
    if (isKnown(dashed) && (!isTrusted || dashed !== name)) delete headers[name];
  }
  headers['x-forwarded-for'] = appended(headers, peer);
  headers['x-forwarded-proto'] ??= 'http';
  if (headers.host) headers['x-forwarded-host'] ??= headers.host;
  headers['x-forwarded-port'] ??= String(req.socket.localPort ?? '');
  headers['x-real-ip'] ??= peer;
  headers['x-request-id'] = requestId;
  headers[startHeader] = `t=${Date.now()}`;
  // Only a request of HTTP/1.0 can have none; placements get HTTP/1.1.
  headers.host ||= `${plainAddress(req.socket.localAddress)}:${req.socket.localPort}`;
}

const known = new Set<string>([...forwardedHeaders, ...identityHeaders]);
const isKnown = (name: string): boolean => known.has(name);

function appended(headers: IncomingHttpHeaders, peer: string): string {
  const before = headers['x-forwarded-for'];
  return before ? `${String(before)}, ${peer}` : peer;
}
