import { retrySocket } from '../foreign/retry-proxy.js';
import { addressOf, type HostSystem } from '../foreign/system.js';
import { fill } from '../foreign/template.js';
import { timeoutsOf } from '../limits.js';
import type { Placement, Route, RouterState } from '../state.js';
import { forwardedLines } from './forwarded.js';
import { quoted, type Templates } from './template.js';

/** The named locations that take requests to a placement. @throws {Error} for what nginx can't do */
export function placementBlock(
  templates: Templates,
  state: RouterState,
  route: Route,
  placement: Placement,
  index: number,
  system: HostSystem,
): string {
  const { connectMs, responseMs } = timeoutsOf(state);
  const url = new URL(placement.url);
  const secure = url.protocol === 'https:';
  const base = url.pathname.replace(/\/+$/, '').replaceAll('$', '%24');
  const hostHeader = placement.hostHeader ?? (secure ? 'upstream' : 'preserve');
  return fill(templates.placement, {
    id: `${route.service}.${index}`,
    service: route.service,
    placement: quoted(placement.name).replaceAll("'", ''),
    upstream: quoted(`${url.protocol}//${addressOf(url.hostname, system)}${url.port ? `:${url.port}` : ''}${base}`),
    // With a path of its own a placement gets the request's behind it; without one nginx passes the request's on as it
    // came.
    uri: base === '' ? '' : '$request_uri',
    host: hostHeader === 'upstream' ? `"${quoted(url.host)}"` : '$fanops_sent_host',
    forwarded: forwardedLines,
    connect: `${connectMs}ms`,
    response: `${responseMs}ms`,
    retry: retrySocket(placement),
    tls: secure ? upstreamTls(templates, placement, url.hostname, system) : '',
  });
}

function upstreamTls(
  templates: Templates,
  { serverName, verify = true, trusted }: Placement,
  host: string,
  system: HostSystem,
): string {
  const authorities = trusted ? `../../${trusted}` : system.authorities;
  if (verify && !authorities)
    throw new Error(
      'this host has no certificates of authorities: install ca-certificates, or name a trustedCertificate',
    );
  return fill(templates['upstream-tls'], {
    name: quoted(serverName ?? host),
    verify: verify ? 'on' : 'off',
    trusted: authorities ? `proxy_ssl_trusted_certificate "${quoted(authorities)}";` : '',
  }).trimEnd();
}
