import { isIP } from 'node:net';
import { inlineCredential } from './credentials.js';
import type { Problem } from './problems.js';
import { nearest } from './nearest.js';
import { ownValue } from './own-value.js';
import { RESERVED_NAMES } from './reserved-names.js';
import type { FleetFile, ServiceConfig } from './schema.js';
import { hostFieldProblems } from './host-fields.js';
import { sectionProblems } from './provider-sections.js';
import { placementsOf } from './placements.js';
import type { PlatformModule } from '../platforms/contracts/module.js';
import { engineNamedIn, enginesTaking, runtimeNamedIn, type LoadedModules } from './registry.js';
import { jumpProblems } from './jumps.js';
import { timeoutProblems } from './timeouts.js';
import { drainProblems, timingProblems } from './timing.js';

/** What fanops calls processes of its own: the router, and the trial of a release (`SERVICE--trial`). */
const ROUTER_PROCESS = 'fanops-router';
const TRIAL = '--trial';

/** What the schema cannot see: names that must exist, things that must not meet, credentials in plain sight. */
export function checkReferences(file: FleetFile, modules: LoadedModules): Problem[] {
  const problems: Problem[] = [];
  const hosts = Object.keys(file.hosts);
  const mustBeHost = (path: PropertyKey[], name: string, role: 'app' | 'router'): void => {
    const host = ownValue(file.hosts, name);
    if (!host) problems.push({ path, message: `there is no host "${name}"`, hint: suggestion(name, hosts) });
    else if (!host.roles.includes(role)) problems.push({ path, message: `host ${name} has not the role ${role}` });
  };
  for (const [name, host] of Object.entries(file.hosts)) {
    if (!host.provider && !host.address)
      problems.push({ path: ['hosts', name], message: 'needs a provider or an address' });
    if (host.provider && host.address)
      problems.push({ path: ['hosts', name, 'address'], message: `the provider ${host.provider} gives the address` });
  }
  problems.push(
    ...hostFieldProblems(file, modules.providers),
    ...jumpProblems(file),
    ...timingProblems(file.timing),
    ...sectionProblems(file.providers, modules),
  );
  if (file.router) mustBeHost(['router', 'host'], file.router.host, 'router');
  problems.push(...routerProblems(file, modules));
  const routes = new Map<string, string>();
  for (const [name, service] of Object.entries(file.services ?? {})) {
    problems.push(...serviceProblems(name, service, modules));
    for (const { at, placement, platform, hosts } of placementsOf(name, service, modules)) {
      for (const { host, path } of hosts) mustBeHost(path, host, 'app');
      problems.push(
        ...drainProblems([...at, 'drain'], platform.drain?.(placement)),
        ...formProblems(name, service, platform, modules).map((each) => ({ ...each, path: [...at, ...each.path] })),
        ...(platform.problems?.(placement) ?? []).map((each) => ({ ...each, path: [...at, ...each.path] })),
      );
    }
    if (!service.route) continue;
    // As the router looks routes up: without regard to case.
    const route = `${service.route.host ?? '*'}${service.route.path.replace(/\/+$/, '')}`.toLowerCase();
    const other = routes.get(route);
    if (other) problems.push({ path: ['services', name, 'route'], message: `${other} has the same route` });
    routes.set(route, name);
  }
  return [...problems, ...portProblems(file, modules)];
}

/** A platform that takes an app in none of the forms in which its runtime hands it over. */
function formProblems(
  name: string,
  service: ServiceConfig,
  { name: platform, accepts }: PlatformModule,
  { names, runtimes }: LoadedModules,
): Problem[] {
  const runtime = runtimes.get(String(runtimeNamedIn(service, names.runtime)));
  if (!runtime || accepts.length === 0 || accepts.some((kind) => runtime.offers.includes(kind))) return [];
  return [
    {
      path: ['platform'],
      message: `platform ${platform} does not run what is written for runtime ${runtime.name}, as ${name} is`,
      hint: `It takes: ${accepts.join(', ')}. The runtime offers: ${runtime.offers.join(', ')}.`,
    },
  ];
}

/** What the engine of the router cannot do, and settings that do not go together. */
function routerProblems({ router }: FleetFile, { engines, names }: LoadedModules): Problem[] {
  if (!router) return [];
  const problems: Problem[] = timeoutProblems(router.timeouts);
  const engine = engines.get(String(engineNamedIn(router, names.engine)));
  for (const key of ['tls', 'httpPort', 'resolver'] as const) {
    if (router[key] === undefined || !engine || engine.settings.includes(key)) continue;
    const able = enginesTaking(engines, key);
    problems.push({
      path: ['router', key],
      message: `needs the engine ${able.join(' or ')}`,
      hint: `Write ${able.map((name) => `\`engine: ${name}\``).join(' or ')}.`,
    });
  }
  for (const [index, proxy] of (router.trustedProxies ?? []).entries()) {
    const [address = '', bits = '0'] = proxy.split('/');
    if (isIP(address) !== 0 && Number(bits) <= (isIP(address) === 6 ? 128 : 32)) continue;
    problems.push({
      path: ['router', 'trustedProxies', index],
      message: `${proxy} is no address and no network`,
      hint: 'Write it like 10.0.0.7, 10.0.0.0/8 or fd00::/8.',
    });
  }
  if (router.httpPort !== undefined && !router.tls)
    problems.push({
      path: ['router', 'httpPort'],
      message: 'needs tls',
      hint: 'Without TLS, `listen` is the port for plain HTTP.',
    });
  return problems;
}

function serviceProblems(name: string, service: ServiceConfig, modules: LoadedModules): Problem[] {
  const at = ['services', name];
  const problems: Problem[] = [];
  const placements = Object.keys(service.placements);
  if (RESERVED_NAMES.includes(name))
    problems.push({ path: at, message: `"${name}" is a word of fanops`, hint: 'Choose another name.' });
  if (name === ROUTER_PROCESS || name.endsWith(TRIAL))
    problems.push({
      path: at,
      message: `"${name}" is the name of a process that fanops itself runs under PM2`,
      hint: 'Choose another name.',
    });
  if (placements.length === 0) problems.push({ path: [...at, 'placements'], message: 'needs at least one placement' });
  if (service.placement && !placements.includes(service.placement)) {
    problems.push({
      path: [...at, 'placement'],
      message: `there is no placement "${service.placement}"`,
      hint: suggestion(service.placement, placements),
    });
  }
  const runsOn = new Map<string, string>();
  for (const { key, hosts } of placementsOf(name, service, modules)) {
    for (const { host, path } of hosts) {
      const other = runsOn.get(host);
      // A migration between the two would end the one that serves.
      if (other !== undefined && other !== key)
        problems.push({
          path,
          message: `${name} runs on ${host} in placement ${other} already`,
          hint: 'A host runs a service once. A changed port is moved by `fanops deploy`.',
        });
      runsOn.set(host, key);
    }
  }
  for (const [key, value] of Object.entries(service.settings ?? {})) {
    const why = inlineCredential(key, value);
    if (why)
      problems.push({
        path: [...at, 'settings', key],
        message: why,
        hint: `Write a reference instead: env:${key.toUpperCase()}, file:PATH or cmd:COMMAND.`,
      });
  }
  return problems;
}

/** Two things on one host cannot listen on one port; all hosts that are parts of this machine are one. */
function portProblems(file: FleetFile, modules: LoadedModules): Problem[] {
  const taken = new Map<string, string>();
  const problems: Problem[] = [];
  const machine = (host: string): string =>
    modules.providers.get(ownValue(file.hosts, host)?.provider ?? '')?.traits.network === 'loopback' ? '' : host;
  const take = (host: string, port: number, path: PropertyKey[], what: string): void => {
    const key = `${machine(host)}:${port}`;
    const other = taken.get(key);
    if (other) problems.push({ path, message: `port ${port} is taken by ${other}` });
    else taken.set(key, what);
  };
  if (file.router) take(file.router.host, file.router.listen, ['router', 'listen'], 'the router');
  if (file.router?.httpPort !== undefined)
    take(file.router.host, file.router.httpPort, ['router', 'httpPort'], 'the router (plain HTTP)');
  for (const [name, service] of Object.entries(file.services ?? {})) {
    for (const { key, at, placement, platform, hosts } of placementsOf(name, service, modules)) {
      for (const { host, path } of hosts) {
        const port = platform.port(placement, host);
        const isOwn = path.length > at.length + 2;
        if (port !== undefined)
          take(host, port, isOwn ? [...path.slice(0, -1), 'port'] : [...at, 'port'], `${name} (${key})`);
      }
    }
  }
  return problems;
}

function suggestion(name: string, known: string[]): string {
  const near = nearest(name, known);
  return near ? `Did you mean "${near}"?` : `There is: ${known.join(', ') || 'none'}.`;
}
