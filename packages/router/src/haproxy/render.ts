import { createHash } from 'node:crypto';
import { targetsKey, weightsKey } from '../foreign/buckets.js';
import type { Rendered } from '../foreign/engine.js';
import type { HostSystem } from '../foreign/system.js';
import { fill } from '../foreign/template.js';
import { errorBodies } from '../answer.js';
import { limits, methods, patterns, timeoutsOf } from '../limits.js';
import { escapedPrefix, normalPrefix } from '../request-path.js';
import { hasSeveralTargets, targetsOf, type Route, type RouterState } from '../state.js';
import { forwardedRules } from './forwarded.js';
import { addressOfTarget, backendOf, targetBlock, type LocatedTarget } from './placement.js';
import type { Templates } from './template.js';
import { mapOf } from './weights.js';

/** File of the users' certificate: chain and key in one. */
export const certificateFile = 'users.pem';

/**
 * HAProxy's configuration for a state. Weights are not part of it. @param binds where it listens, in the order of the
 * ports. @throws {Error} for what HAProxy can't do
 */
export function render(
  templates: Templates,
  state: RouterState,
  system: HostSystem,
  binds: readonly string[],
): Rendered {
  const { routes, tls, listen } = state;
  const { connectMs, responseMs, bodyMs, headerMs, keepAliveMs } = timeoutsOf(state);
  const [main = '', plainHttp] = binds.map((bind) => `  bind ${bind} proto h1`);
  const isRedirected = tls?.redirect === true && plainHttp !== undefined;
  const text = fill(templates.haproxy, {
    logFd: String(3 + binds.length),
    bind: [
      tls ? `${main} ssl crt ${certificateFile} alpn http/1.1 ssl-min-ver TLSv1.2` : main,
      ...(plainHttp === undefined || isRedirected ? [] : [plainHttp]),
    ].join('\n'),
    routes: inOrder(routes).map(match).join('\n'),
    choices: [
      ...routes.map((route) => choice(weightsKey(route), `var(txn.route) -m str ${route.service}`)),
      ...routes.flatMap(targetChoices),
    ].join('\n'),
    redirect: isRedirected
      ? fill(templates.redirect, { bind: plainHttp, port: listen.port === 443 ? '' : `:${listen.port}` })
      : '',
    placements: routes
      .flatMap(locatedTargets)
      .map((each) => targetBlock(templates, state, each, system))
      .join(''),
    resolvers: resolvers(templates, state, system),
    ...errorBodies,
    targetBytes: String(limits.requestTarget),
    headBytes: String(limits.requestHead),
    headerCount: String(limits.requestHeaders),
    parser: String(limits.parser),
    badHeader: patterns.badHeader,
    badPath: patterns.badPath,
    host: patterns.host,
    methods: methods.join('|'),
    connect: `${connectMs}ms`,
    response: `${responseMs}ms`,
    clientIdle: `${bodyMs}ms`,
    header: `${headerMs}ms`,
    keepAlive: `${keepAliveMs}ms`,
    forwarded: forwardedRules(state.trustedProxies),
    version: '@{version}',
  });
  const version = createHash('sha256')
    .update(text)
    .update(state.mark ?? '')
    .digest('hex')
    .slice(0, 16);
  return { text: fill(text, { version }), version };
}

/** Sends a request to the backend, or on to the targets of the placement, that its bucket belongs to. */
const choice = (key: string, condition: string): string =>
  `  http-request set-var(txn.to) rand(100),map(${mapOf(key)}) if { ${condition} }`;

const targetChoices = (route: Route): string[] =>
  route.placements.flatMap((placement, index) =>
    hasSeveralTargets(placement)
      ? [choice(targetsKey(route, index), `var(txn.to) -m str ${backendOf(route.service, index)}`)]
      : [],
  );

/** All targets of a route, each with the name of its backend. */
const locatedTargets = ({ service, placements }: Route): LocatedTarget[] =>
  placements.flatMap((placement, index) =>
    targetsOf(placement).map((target, number) => ({
      id: backendOf(service, index, hasSeveralTargets(placement) ? number : undefined),
      service,
      placement,
      target,
    })),
  );

/** A route of the request's own host comes before one for every host; among those the longest prefix wins. */
const inOrder = (routes: Route[]): Route[] =>
  [...routes].sort(
    (a, b) =>
      Number(b.host !== undefined) - Number(a.host !== undefined) ||
      normalPrefix(b.path).length - normalPrefix(a.path).length,
  );

function match({ service, host, path }: Route): string {
  const rule =
    `  http-request set-var(txn.route) str(${service}) if !{ var(txn.route) -m found ` +
    `}${host === undefined ? '' : ` { var(txn.host) -m str ${hostWord(host)} }`}`;
  const prefix = escapedPrefix(normalPrefix(path));
  if (prefix === '') return rule;
  return `${rule} { var(txn.path) -m str ${prefix} }\n${rule} { var(txn.path) -m beg ${prefix}/ }`;
}

/** @throws {Error} for what is no host */
function hostWord(host: string): string {
  if (!/^[\x21-\x7e]+$/.test(host)) throw new Error(`${JSON.stringify(host)} has a character that HAProxy can't take`);
  return `'${host.toLowerCase().replaceAll("'", `'\\''`)}'`;
}

function resolvers(templates: Templates, { resolver, routes }: RouterState, system: HostSystem): string {
  const targets = routes
    .flatMap(locatedTargets)
    .map(({ id, target }) => ({ ...addressOfTarget(target, system), id }))
    .filter(({ isName }) => isName);
  if (targets.length === 0) return '';
  const servers = (resolver ?? system.nameServers).map((address) =>
    /^\[.*\]$|^[^:]*$/.test(address) ? `${address}:53` : address,
  );
  if (servers.length === 0) throw new Error('this host has no name servers: name them as router.resolver');
  return fill(templates.resolvers, {
    nameservers: servers
      .map((address, index) => `  nameserver ns${index} ${address.startsWith('[') ? `ipv6@${address}` : address}`)
      .join('\n'),
    // Without IPv6: where the host has no way out by it, half of the addresses would fail.
    servers: targets
      .map(({ id, host, port }) => `  server ${id} ${host}:${port} resolvers fanops resolve-prefer ipv4 init-addr none`)
      .join('\n'),
  });
}
