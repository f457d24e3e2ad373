import { retrySocket } from '../foreign/retry-proxy.js';
import { addressOf, type HostSystem } from '../foreign/system.js';
import { fill } from '../foreign/template.js';
import { timeoutsOf } from '../limits.js';
import { hasSeveralTargets, type Endpoint, type Placement, type RouterState, type Target } from '../state.js';
import { defaultLimits } from '../upstream.js';
import { forwardedLines } from './forwarded.js';
import { quoted, type Templates } from './template.js';

/** A target of a placement, and the name of its location without the `@`. */
interface Located {
  id: string;
  service: string;
  placement: Placement;
  target: Target;
}

/** The named locations that take requests to a target. @throws {Error} for what nginx can't do */
export function targetBlock(templates: Templates, state: RouterState, located: Located, system: HostSystem): string {
  const { id, service, placement, target } = located;
  const { connectMs, responseMs } = timeoutsOf(state);
  const isSpread = hasSeveralTargets(placement);
  const url = new URL(target.url);
  const secure = url.protocol === 'https:';
  const base = url.pathname.replace(/\/+$/, '').replaceAll('$', '%24');
  const hostHeader = target.hostHeader ?? (secure ? 'upstream' : 'preserve');
  return fill(templates.placement, {
    id,
    service,
    placement: quoted(placement.name).replaceAll("'", ''),
    target: placement.targets ? target.name : '',
    hidden: placement.targets ? '      proxy_hide_header X-Fanops-Target;\n' : '',
    failover: isSpread ? templates.failover : '',
    upstream: quoted(`${url.protocol}//${addressOf(url.hostname, system)}${url.port ? `:${url.port}` : ''}${base}`),
    // With a path of its own a placement gets the request's behind it; without one nginx passes the request's on as it
    // came.
    uri: base === '' ? '' : '$request_uri',
    host: hostHeader === 'upstream' ? `"${quoted(url.host)}"` : '$fanops_sent_host',
    forwarded: forwardedLines,
    connect: `${isSpread ? Math.min(connectMs, defaultLimits.failoverMs) : connectMs}ms`,
    response: `${responseMs}ms`,
    retry: retrySocket(service, placement, target),
    tls: secure ? upstreamTls(templates, target, url.hostname, system) : '',
  });
}

function upstreamTls(
  templates: Templates,
  { serverName, verify = true, trusted }: Endpoint,
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
