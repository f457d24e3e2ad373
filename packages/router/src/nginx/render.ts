import { createHash } from 'node:crypto';
import { bucketCount, targetsKey, weightsKey } from '../foreign/buckets.js';
import type { Rendered } from '../foreign/engine.js';
import { isAddress, isAtLeast, type HostSystem } from '../foreign/system.js';
import { fill } from '../foreign/template.js';
import { errorBodies } from '../answer.js';
import { limits, methods, patterns, timeoutsOf } from '../limits.js';
import { escapedPrefix, normalPrefix } from '../request-path.js';
import { hasSeveralTargets, targetsOf, type Placement, type Route, type RouterState, type Target } from '../state.js';
import { forwardedMaps } from './forwarded.js';
import { accessLogs, logFormats, logKinds } from './log-formats.js';
import { targetBlock } from './placement.js';
import type { Templates } from './template.js';

/** Statuses that stand for a choice within nginx and never leave it; 50 placements a service at most. */
const firstChoice = 550;
const mostPlacements = 50;

/** nginx's configuration for a state. Weights are not part of it. @throws {Error} for what nginx can't do */
export function render(templates: Templates, state: RouterState, system: HostSystem): Rendered {
  const { keepAliveMs, headerMs, bodyMs } = timeoutsOf(state);
  const hosts = [
    ...new Set(state.routes.flatMap(({ host }) => (host === undefined ? [] : [host.toLowerCase()]))),
  ].sort();
  const bodies = [undefined, ...hosts].map((host) => ({ host, body: locations(templates, state.routes, host) }));
  const named = state.routes
    .map((route) =>
      route.placements.map((each, index) => placementBlocks(templates, state, route, each, index, system)).join(''),
    )
    .join('');
  const servers = [
    ...bodies.map(({ host, body }) =>
      fill(templates.server, {
        ...errorBodies,
        listen: listen(state, host === undefined),
        names: host === undefined ? '_' : serverName(host),
        accessLogs,
        body: body + named,
      }),
    ),
    ...redirects(templates, state),
  ];
  const text = fill(templates.nginx, {
    user: system.user ? `user ${system.user};` : '',
    keepaliveMin: isAtLeast(system.version, [1, 27, 4]) ? 'keepalive_min_timeout 10s;' : '',
    resolver: resolverLine(state, system),
    buckets: Array.from(
      { length: bucketCount },
      (_, bucket) => `    ${bucket === bucketCount - 1 ? '*' : '1%'} ${bucket};`,
    ).join('\n'),
    kinds: logKinds,
    formats: logFormats,
    keepAlive: `${keepAliveMs}ms`,
    header: `${headerMs}ms`,
    clientIdle: `${bodyMs}ms`,
    forwarded: forwardedMaps(state.trustedProxies),
    methods: methods.join('|'),
    badPath: patterns.badPath,
    host: patterns.host.replace(/^\^/, '').replaceAll('$', '\\z'),
    longTarget: String(limits.requestTarget + 1),
    largeHead: numbersAbove(limits.requestHead),
    servers: servers.join(''),
    version: '@{version}',
  });
  const version = createHash('sha256')
    .update(text)
    .update(state.mark ?? '')
    .digest('hex')
    .slice(0, 16);
  return { text: fill(text, { version }), version };
}

/**
 * The routes that a host's server has: its own first, and of those for every host the ones that do not stand below one
 * of its own.
 */
function locations(templates: Templates, routes: Route[], host: string | undefined): string {
  const own = host === undefined ? [] : routes.filter((route) => route.host?.toLowerCase() === host);
  const isCovered = (prefix: string): boolean =>
    own.some((route) => prefix === normalPrefix(route.path) || prefix.startsWith(`${normalPrefix(route.path)}/`));
  const shared = routes.filter((route) => route.host === undefined && !isCovered(normalPrefix(route.path)));
  const byLength = (a: Route, b: Route): number => normalPrefix(b.path).length - normalPrefix(a.path).length;
  const all = [...own.sort(byLength), ...shared.sort(byLength)];
  const blocks = all.map((route) => routeBlock(templates, route, matchOf(normalPrefix(route.path))));
  if (!all.some((route) => normalPrefix(route.path) === ''))
    blocks.push(`    location / { return 404 '{"error":"no service has this path"}'; }\n`);
  return blocks.join('');
}

/**
 * nginx looks paths up decoded; of expressions the first that fits counts. A dollar sign would also stand before a
 * line's end.
 */
const matchOf = (prefix: string): string => (prefix === '' ? '/' : `~* "^${escapedPrefix(prefix)}(?:/|\\z)"`);

function routeBlock(templates: Templates, route: Route, match: string): string {
  if (route.placements.length > mostPlacements)
    throw new Error(`${route.service} has more than ${mostPlacements} placements`);
  const choices = choicesOf(route.service, route.placements.length, `${weightsKey(route)}/now/$fanops_bucket`);
  return fill(templates.route, { match, service: route.service, choices });
}

/** The lines that send a request on to the location `@ID.NUMBER` whose number belongs to its bucket. */
function choicesOf(id: string, count: number, bucket: string): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const status = firstChoice + index;
    return [
      `      error_page ${status} = @${id}.${index};`,
      `      if (-f "weights/${bucket}.${index}") { return ${status}; }`,
    ].join('\n');
  });
  return lines.join('\n');
}

/** The locations of a placement: one for each target, and one that chooses where there are several. */
function placementBlocks(
  templates: Templates,
  state: RouterState,
  route: Route,
  placement: Placement,
  index: number,
  system: HostSystem,
): string {
  const id = `${route.service}.${index}`;
  const targets = targetsOf(placement);
  const block = (target: Target, name: string): string =>
    targetBlock(templates, state, { id: name, service: route.service, placement, target }, system);
  if (!hasSeveralTargets(placement)) return targets.map((target) => block(target, id)).join('');
  if (targets.length > mostPlacements)
    throw new Error(`placement ${placement.name} of ${route.service} has more than ${mostPlacements} targets`);
  const choices = choicesOf(id, targets.length, `${targetsKey(route, index)}/now/$fanops_target_bucket`);
  return [
    fill(templates.targets, { id, choices }),
    ...targets.map((target, number) => block(target, `${id}.${number}`)),
  ].join('');
}

const at = (address: string, port: number): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;

function listen({ listen: { address, port }, httpPort, tls }: RouterState, isDefault: boolean): string {
  const end = isDefault ? ' default_server;' : ';';
  const lines = [`    listen ${at(address, port)}${tls ? ' ssl' : ''}${end}`];
  if (httpPort !== undefined && !tls?.redirect) lines.push(`    listen ${at(address, httpPort)}${end}`);
  if (tls) {
    lines.push('    ssl_certificate ../../tls/certificate.pem;', '    ssl_certificate_key ../../tls/key.pem;');
    lines.push('    ssl_protocols TLSv1.2 TLSv1.3;', '    ssl_session_cache shared:fanops:10m;');
  }
  return lines.join('\n');
}

function redirects(templates: Templates, { listen: { address, port }, httpPort, tls }: RouterState): string[] {
  if (httpPort === undefined || !tls?.redirect) return [];
  const body = `    location / { return 308 https://$host${port === 443 ? '' : `:${port}`}$request_uri; }`;
  return [
    fill(templates.server, {
      ...errorBodies,
      listen: `    listen ${at(address, httpPort)} default_server;`,
      names: '_',
      accessLogs,
      body,
    }),
  ];
}

function resolverLine({ resolver, routes }: RouterState, { nameServers }: HostSystem): string {
  const servers = resolver ?? nameServers;
  const isName = (url: string): boolean => !isAddress(new URL(url).hostname);
  if (
    servers.length === 0 ||
    !routes.some(({ placements }) => placements.some((each) => targetsOf(each).some(({ url }) => isName(url))))
  )
    return '';
  // Without IPv6: where the host has no way out by it, half of the addresses would fail.
  return `resolver ${servers.join(' ')} ipv6=off;\n  resolver_timeout 5s;`;
}

function serverName(host: string): string {
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9_]([a-z0-9._-]*))$/.test(host))
    throw new Error(`${JSON.stringify(host)} is no host name that nginx can take`);
  return `"${host}"`;
}

/** An expression for the decimal numbers above one, since nginx compares no numbers. */
function numbersAbove(number: number): string {
  const digits = String(number);
  const higher = [...digits].flatMap((digit, at) =>
    digit === '9' ? [] : [`${digits.slice(0, at)}[${Number(digit) + 1}-9][0-9]{${digits.length - at - 1}}`],
  );
  return [`[0-9]{${digits.length + 1},}`, ...higher].join('|');
}
