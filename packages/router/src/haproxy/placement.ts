import { retrySocket } from '../foreign/retry-proxy.js';
import { addressOf, isAddress, type HostSystem } from '../foreign/system.js';
import { fill } from '../foreign/template.js';
import { targetHeader } from '../headers.js';
import { limits, patterns, timeoutsOf } from '../limits.js';
import { hasSeveralTargets, type Endpoint, type Placement, type RouterState, type Target } from '../state.js';
import { defaultLimits } from '../upstream.js';
import { plain, type Templates } from './template.js';

/** Name of the backend of a placement, or of one of its targets. */
export const backendOf = (service: string, placement: number, target?: number): string =>
  `${service}.${placement}${target === undefined ? '' : `.${target}`}`;

/** A target of a placement, and the name of its backend. */
export interface LocatedTarget {
  id: string;
  service: string;
  placement: Placement;
  target: Target;
}

/** The host that a target is connected to, as HAProxy writes it; a name where name servers must be asked. */
export function addressOfTarget(
  { url }: Endpoint,
  system: HostSystem,
): { host: string; port: string; isName: boolean } {
  const { hostname, protocol, port } = new URL(url);
  const host = addressOf(hostname, system).replace(/^\[|\]$/g, '');
  return { host, port: port || (protocol === 'https:' ? '443' : '80'), isName: !isAddress(host) };
}

/** The backend that takes requests to a target. @throws {Error} for what HAProxy can't do */
export function targetBlock(
  templates: Templates,
  state: RouterState,
  { id, service, placement, target }: LocatedTarget,
  system: HostSystem,
): string {
  const { connectMs: wholeMs } = timeoutsOf(state);
  const isSpread = hasSeveralTargets(placement);
  const connectMs = isSpread ? Math.min(wholeMs, defaultLimits.failoverMs) : wholeMs;
  const url = new URL(target.url);
  const secure = url.protocol === 'https:';
  const { host, port, isName } = addressOfTarget(target, system);
  const lines: string[] = [];
  const lateBody = JSON.stringify({
    error: `placement ${plain(placement.name)} of ${service} did not answer in time (ETIMEDOUT)`,
  });
  const failedBody = JSON.stringify({
    error: `placement ${plain(placement.name)} of ${service} failed (BAD_GATEWAY)`,
  });
  if ((target.hostHeader ?? (secure ? 'upstream' : 'preserve')) === 'upstream')
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
    id,
    connect: isSpread ? `\n  timeout connect ${connectMs}ms` : '',
    retry: retrySocket(service, placement, target),
    service,
    placement: plain(placement.name),
    logged: loggedAs(placement, target),
    answering: placement.targets ? answeringRules(placement) : '',
    request: lines.join('\n'),
    failedBody,
    lateBody,
    headBytes: String(limits.responseHead),
    headerCount: String(limits.responseHeaders),
    badHeader: patterns.badHeader,
    connectMs: String(connectMs),
    server:
      `${isName ? '0.0.0.0' : host.includes(':') ? `ipv6@${host}` : host}:${port}` +
      (secure ? upstreamTls(placement, target, url.hostname, system) : ''),
  });
}

/** What stands in the log behind `"placement":"`. */
const loggedAs = (placement: Placement, target: Pick<Target, 'name'>): string =>
  placement.targets ? `${plain(placement.name)}","target":"${target.name}` : plain(placement.name);

/** The program that tries a request again says which target has answered. */
function answeringRules(placement: Placement): string {
  const name = `%[res.hdr(${targetHeader})]`;
  return [
    `  http-response set-var-fmt(txn.placement) '${loggedAs(placement, { name })}' ` +
      `if { srv_name again } { res.hdr(${targetHeader}) -m found }`,
    `  http-response del-header ${targetHeader} if { srv_name again }`,
    '',
  ].join('\n');
}

function upstreamTls(
  { name, targets }: Placement,
  { name: target, serverName, verify = true, trusted }: Target,
  host: string,
  system: HostSystem,
): string {
  const wanted = serverName ?? (isAddress(host) ? undefined : host);
  const sni = wanted === undefined ? '' : ` sni str(${plain(wanted)})`;
  if (!verify) return ` ssl verify none ssl-min-ver TLSv1.2${sni}`;
  if (wanted === undefined)
    throw new Error(
      `${targets ? `${name} on ${target}` : name}: HAProxy can't check a certificate against the address ${host}: ` +
        'name a serverName, take the name into the URL, or use the engine nginx',
    );
  const authorities = trusted ? `../../${trusted}` : system.authorities;
  if (!authorities)
    throw new Error(
      'this host has no certificates of authorities: install ca-certificates, or name a trustedCertificate',
    );
  return ` ssl verify required verifyhost ${plain(wanted)} ca-file ${plain(authorities)} ssl-min-ver TLSv1.2${sni}`;
}
