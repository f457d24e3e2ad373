import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readRegularFileSync } from '../core/regular-file.js';
import { earlierPath } from './earlier-spelling.js';
import type { Fleet } from './fleet.js';
import { isReference } from './reference.js';
import type { HostConfig } from './schema.js';

/** Something of a fleet that runs on this machine, or that is read here and leaves it. */
export interface TrustPart {
  /** Path in the fleet file: `hooks.beforeDeploy`. */
  path: string;
  /** What happens: `runs here: npm test`. */
  does: string;
}

/** Scripts of a package that npm runs while it installs and builds. */
const SCRIPTS = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'prebuild',
  'build',
  'postbuild',
];

/** Images that a provider looks up at who publishes them. */
const PUBLISHED = /^(debian-1[23]|ubuntu-2[24]\.04)$/;

/**
 * What says which machine a host is: secrets are sent to it, commands run on it. Where a provider makes it, that is its
 * image, and the way to it.
 */
function hostParts(
  name: string,
  { provider, address, port, user, jump, hostKey, identity, image }: HostConfig,
): string[] {
  const way = [
    ...(jump ? [`by way of ${jump.join(', ') || 'no other host'}`] : []),
    ...(identity === undefined ? [] : [`with the key ${identity}`]),
  ];
  if (provider === undefined) {
    const login = `${user === undefined ? '' : `${user}@`}${address ?? name}${port === undefined ? '' : `:${port}`}`;
    return [[`is ${login}`, ...way, ...(hostKey === undefined ? [] : [`known by ${hostKey}`])].join(' ')];
  }
  return [
    ...(way.length > 0 ? [`is reached ${way.join(' ')}`] : []),
    ...(image === undefined || PUBLISHED.test(image) ? [] : [`is made from the image ${image}`]),
  ];
}

/**
 * All parts of a fleet that need the user's trust, sorted. Plain settings, sizes, ports of services, and routes are
 * none.
 */
export function trustParts(fleet: Fleet): TrustPart[] {
  const { config, dir } = fleet;
  const parts: TrustPart[] = [];
  const add = (path: string, does: string): unknown => parts.push({ path, does });
  const outside = (path: string, value: string, does: string): unknown =>
    isOutside(dir, value) ? add(path, `${does} ${value}, which is outside of the folder`) : undefined;
  const reference = (path: string, value: string | undefined): unknown => {
    if (value === undefined || !isReference(value)) return undefined;
    const rest = value.slice(value.indexOf(':') + 1);
    if (value.startsWith('cmd:')) return add(path, `runs here: ${rest}`);
    return value.startsWith('env:') ? add(path, `reads the variable ${rest}`) : outside(path, rest, 'reads');
  };
  for (const [name, hook] of Object.entries(config.hooks ?? {}))
    if (hook) add(`hooks.${name}`, `runs here: ${typeof hook === 'string' ? hook : hook.run}`);
  for (const [name, host] of Object.entries(config.hosts)) {
    reference(`hosts.${name}.sudoPassword`, host.sudoPassword);
    for (const does of hostParts(name, host)) add(`hosts.${name}`, does);
  }
  for (const [at, key] of (config.sshKeys ?? []).entries()) {
    add(`sshKeys.${at}`, `may log in to hosts that fanops makes: ${key}`);
    if (key.startsWith('file:')) outside(`sshKeys.${at}`, key.slice('file:'.length), 'reads');
  }
  reference('router.tls.key', config.router?.tls?.key);
  if (config.router?.tls) outside('router.tls.certificate', config.router.tls.certificate, 'sends');
  for (const [provider, section] of Object.entries(config.providers ?? {})) {
    // In whose account hosts are made, by which login, where and of what: all but what the provider calls plain.
    const plain = fleet.providers.get(provider)?.plainSettings ?? [];
    for (const [key, value] of Object.entries(section))
      if (!plain.includes(key)) add(`providers.${provider}.${key}`, `uses ${String(value)}`);
  }
  for (const [name, service] of Object.entries(config.services ?? {})) {
    const at = `services.${name}`;
    outside(`${at}.source`, service.source, 'sends');
    for (const [key, value] of Object.entries(service.settings ?? {})) reference(`${at}.settings.${key}`, value);
    reference(`${at}.keys`, service.keys);
    for (const key of Object.keys(service.placements)) {
      const place = `${at}.placements.${key}`;
      const { keysTo } = fleet.platform(name, key);
      for (const { url, trustedCertificate } of fleet.targets(name, key, (host) => host)) {
        if (trustedCertificate) outside(`${place}.trustedCertificate`, trustedCertificate, 'sends');
        if (keysTo && service.keys) add(`${place}.${keysTo}`, `sends function keys to ${url}`);
      }
    }
    for (const [script, line] of scriptsOf(resolve(dir, service.source)))
      add(`${at}.source`, `runs here with npm: ${script}: ${line}`);
  }
  return parts.sort((a, b) => (`${a.path} ${a.does}` < `${b.path} ${b.does}` ? -1 : 1));
}

/**
 * SHA-256 over what needs trust, as 64 hex digits. Paths count in their earlier spelling: what was trusted before keys
 * had another one is trusted still.
 */
export function trustHash(fleet: Fleet, parts: readonly TrustPart[]): string {
  const hash = createHash('sha256').update('fanops trust 1\0');
  for (const text of [fleet.name, ...parts.flatMap(({ path, does }) => [earlierPath(path), does])])
    hash.update(`${Buffer.byteLength(text)}:${text}`);
  return hash.digest('hex');
}

/** Whether a path leaves the folder, by `..`, as a whole path, or by a link. */
function isOutside(dir: string, path: string): boolean {
  const target = resolve(dir, path);
  const real = (each: string): string => {
    try {
      return realpathSync(each);
    } catch {
      return each; // not there: nothing to follow
    }
  };
  return [relative(dir, target), relative(real(dir), real(target))].some((way) => way.startsWith('..'));
}

function scriptsOf(source: string): [string, string][] {
  try {
    const { scripts = {} } = JSON.parse(readRegularFileSync(join(source, 'package.json')).toString('utf8')) as {
      scripts?: Record<string, unknown>;
    };
    return SCRIPTS.flatMap((name): [string, string][] =>
      typeof scripts[name] === 'string' ? [[name, scripts[name]]] : [],
    );
  } catch {
    return []; // no app: who wants to run it says so
  }
}
