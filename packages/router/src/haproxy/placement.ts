import { retrySocket } from '../foreign/retry-proxy.js';
import { addressOf, isAddress, type HostSystem } from '../foreign/system.js';
import { fill } from '../foreign/template.js';
import { limits, patterns, timeoutsOf } from '../limits.js';
import type { Placement, Route, RouterState } from '../state.js';
import { plain, type Templates } from './template.js';

/** Name of the backend of a placement. */
export const backendOf = (service: string, index: number): string => `${service}.${index}`;

/** The host that a placement is connected to, as HAProxy writes it; a name where name servers must be asked. */
export function targetOf({ url }: Placement, system: HostSystem): { host: string; port: string; isName: boolean } {
  const { hostname, protocol, port } = new URL(url);
  const host = addressOf(hostname, system).replace(/^\[|\]$/g, '');
  return { host, port: port || (protocol === 'https:' ? '443' : '80'), isName: !isAddress(host) };
}

/** The backend that takes requests to a placement. @throws {Error} for what HAProxy can't do */
export function placementBlock(
  templates: Templates,
  state: RouterState,
  route: Route,
  placement: Placement,
  index: number,
  system: HostSystem,
): string {
  const url = new URL(placement.url);
  const secure = url.protocol === 'https:';
  const { host, port, isName } = targetOf(placement, system);
  const lines: string[] = [];
  const lateBody = JSON.stringify({
    error: `placement ${plain(placement.name)} of ${route.service} did not answer in time (ETIMEDOUT)`,
  });
  const failedBody = JSON.stringify({
    error: `placement ${plain(placement.name)} of ${route.service} failed (BAD_GATEWAY)`,
  });
  if ((placement.hostHeader ?? (secure ? 'upstream' : 'preserve')) === 'upstream')
    lines.push(`  http-request set-header Host ${plain(url.host)}`);
  const base = url.pathname.replace(/\/+$/, '');
  if (base !== '')
    lines.push(`  http-request set-pathq '${base.replaceAll('%', '%%').replaceAll("'", '%%27')}%[pathq]'`);
  if (isName) {
    // Asked for each request, so that a name that does not resolve breaks nobody else; most answers are at hand.
    lines.push(`  http-request do-resolve(txn.address,fanops,ipv4) str(${plain(host)})`);
    lines.push('  http-request set-var(txn.failed) str(BAD_GATEWAY) unless { var(txn.address) -m found }');
    lines.push(
      `  http-request return status 502 content-type application/json string '${failedBody}' ` +
        'unless { var(txn.address) -m found }',
    );
    lines.push('  http-request set-dst var(txn.address)');
  }
  return fill(templates.placement, {
    id: backendOf(route.service, index),
    retry: retrySocket(placement),
    service: route.service,
    placement: plain(placement.name),
    request: lines.join('\n'),
    failedBody,
    lateBody,
    headBytes: String(limits.responseHead),
    headerCount: String(limits.responseHeaders),
    badHeader: patterns.badHeader,
    connectMs: String(timeoutsOf(state).connectMs),
    server: `${isName ? '0.0.0.0' : host.includes(':') ? `ipv6@${host}` : host}:${port}${secure ? upstreamTls(placement, url.hostname, system) : ''}`,
  });
}

function upstreamTls(
  { name, serverName, verify = true, trusted }: Placement,
  host: string,
  system: HostSystem,
): string {
  const wanted = serverName ?? (isAddress(host) ? undefined : host);
  const sni = wanted === undefined ? '' : ` sni str(${plain(wanted)})`;
  if (!verify) return ` ssl verify none ssl-min-ver TLSv1.2${sni}`;
  if (wanted === undefined)
    throw new Error(
      `${name}: HAProxy can't check a certificate against the address ${host}: name a serverName, ` +
        'take the name into the URL, or use the engine nginx',
    );
  const authorities = trusted ? `../../${trusted}` : system.authorities;
  if (!authorities)
    throw new Error(
      'this host has no certificates of authorities: install ca-certificates, or name a trustedCertificate',
    );
  return ` ssl verify required verifyhost ${plain(wanted)} ca-file ${plain(authorities)} ssl-min-ver TLSv1.2${sni}`;
}
