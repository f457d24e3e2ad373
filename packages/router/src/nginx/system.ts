import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** What nginx's configuration takes from its host. */
export interface HostSystem {
  /** `resolver` addresses. */
  nameServers: string[];
  /** Names that the host's own file knows; nginx asks name servers only. */
  hosts: Map<string, string>;
  /** PEM file of the authorities that the system trusts. */
  authorities: string | undefined;
  /** `1.22.1` as [1, 22, 1]. */
  version: number[];
  /** Login that the workers run as; undefined where nginx would ignore it. */
  user: string | undefined;
}

const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/ssl/cert.pem'];
const sbin = ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin', '/opt/homebrew/bin'];

/** @throws {Error} when there is none */
export async function findNginx(): Promise<string> {
  const found = await firstThere([...(process.env.PATH ?? '').split(delimiter), ...sbin].map((dir) => join(dir, 'nginx')), constants.X_OK);
  if (!found) throw new Error('nginx is not installed on this host');
  return found;
}

export async function readSystem(nginx: string): Promise<HostSystem> {
  const { stderr } = await promisify(execFile)(nginx, ['-v']);
  const version = (/nginx\/(\d+)\.(\d+)\.(\d+)/.exec(stderr) ?? []).slice(1).map(Number);
  return {
    version,
    nameServers: nameServers(await textOf('/etc/resolv.conf')),
    hosts: hostsOf(await textOf('/etc/hosts')),
    authorities: await firstThere(bundles, constants.R_OK),
    user: process.getuid?.() === 0 ? 'root' : undefined,
  };
}

/** The `nameserver` lines of resolv.conf(5), as nginx writes addresses. */
export function nameServers(resolvConf: string): string[] {
  const found = [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
  return found.map((address) => (address.includes(':') ? `[${address.replace(/%.*/, '')}]` : address));
}

/** The names of hosts(5) with their first IPv4 address, else their IPv6 address. */
export function hostsOf(text: string): Map<string, string> {
  const rows = text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/)).filter((row) => row.length > 1);
  const pairs = rows.flatMap(([address = '', ...names]) => names.map((name) => [name.toLowerCase(), address] as const));
  const sorted = [...pairs.filter(([, address]) => !address.includes(':')), ...pairs.filter(([, address]) => address.includes(':'))];
  return new Map(sorted.reverse().map(([name, address]) => [name, address.includes(':') ? `[${address}]` : address]));
}

export function isAtLeast(version: number[], wanted: [number, number, number]): boolean {
  const at = wanted.findIndex((part, index) => (version[index] ?? 0) !== part);
  return at < 0 || (version[at] ?? 0) > (wanted[at] ?? 0);
}

async function firstThere(files: string[], mode: number): Promise<string | undefined> {
  for (const file of files) {
    const there = await access(file, mode).then(() => true, () => false);
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
