import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { isIP } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** What the configuration of an engine takes from its host. */
export interface HostSystem {
  /** `resolver` addresses. */
  nameServers: string[];
  /** Names that the host's own file knows; engines ask name servers only. */
  hosts: Map<string, string>;
  /** PEM file of the authorities that the system trusts. */
  authorities: string | undefined;
  /** `1.22.1` as [1, 22, 1]. */
  version: number[];
  /** Login that nginx's workers run as; undefined where nginx would ignore it. */
  user: string | undefined;
}

const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const sbin = ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin', '/opt/homebrew/bin'];

/** @throws {Error} when there is none */
export async function findProgram(name: 'nginx' | 'haproxy'): Promise<string> {
  const found = await firstThere(
    [...(process.env.PATH ?? '').split(delimiter), ...sbin].map((dir) => join(dir, name)),
    constants.X_OK,
  );
  if (!found) throw new Error(`${name} is not installed on this host`);
  return found;
}

export async function readSystem(program: string): Promise<HostSystem> {
  const { stdout, stderr } = await promisify(execFile)(program, ['-v']);
  const version = (/(\d+)\.(\d+)\.(\d+)/.exec(stdout + stderr) ?? []).slice(1).map(Number);
  return { version, ...(await readNetwork()), user: process.getuid?.() === 0 ? 'root' : undefined };
}

/**
 * What this host says of names and of the authorities that it trusts, as engines that are programs of others use it.
 */
export async function readNetwork(): Promise<Pick<HostSystem, 'nameServers' | 'hosts' | 'authorities'>> {
  return {
    nameServers: nameServers(await textOf('/etc/resolv.conf')),
    hosts: hostsOf(await textOf('/etc/hosts')),
    authorities: await firstThere(bundles, constants.R_OK),
  };
}

/** The `nameserver` lines of resolv.conf(5), with brackets around IPv6. */
export function nameServers(resolvConf: string): string[] {
  const found = [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
  return found.map((address) => (address.includes(':') ? `[${address.replace(/%.*/, '')}]` : address));
}

/** The names of hosts(5) with their first IPv4 address, else their IPv6 address. */
export function hostsOf(text: string): Map<string, string> {
  const rows = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter((row) => row.length > 1);
  const pairs = rows.flatMap(([address = '', ...names]) => names.map((name) => [name.toLowerCase(), address] as const));
  const sorted = [
    ...pairs.filter(([, address]) => !address.includes(':')),
    ...pairs.filter(([, address]) => address.includes(':')),
  ];
  return new Map(sorted.reverse().map(([name, address]) => [name, address.includes(':') ? `[${address}]` : address]));
}

export function isAtLeast(version: number[], wanted: [number, number, number]): boolean {
  const at = wanted.findIndex((part, index) => (version[index] ?? 0) !== part);
  return at < 0 || (version[at] ?? 0) > (wanted[at] ?? 0);
}

async function firstThere(files: string[], mode: number): Promise<string | undefined> {
  for (const file of files) {
    const there = await access(file, mode).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  return undefined;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

/** A name of the host's own file as its address, since engines do not read that file. */
export function addressOf(host: string, { hosts }: Pick<HostSystem, 'hosts'>): string {
  if (isAddress(host)) return host;
  return hosts.get(host.toLowerCase()) ?? host;
}

/** Whether the host of a URL is an address and no name. */
export const isAddress = (host: string): boolean => isIP(host.replace(/^\[|\]$/g, '')) !== 0;
