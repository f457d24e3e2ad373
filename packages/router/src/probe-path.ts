import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import { addressOf, isAddress, readNetwork } from './foreign/system.js';
import { ProbeError } from './probe-error.js';
import type { EngineName, Endpoint, RouterSettings } from './state.js';

/** What decides how the engine of a router reaches a placement. */
export interface ProbeContext extends Pick<RouterSettings, 'engine' | 'resolver' | 'tls'> {
  /** The router's directory. */
  dir: string;
}

/** Milliseconds for a name server's answer, and how often it is asked; nginx and HAProxy give up after 5 s and 3 s. */
const DNS = { timeout: 2000, tries: 2 };

/** Addresses that an engine tries for one request, when the first one cannot be connected to. */
const MOST: Record<Exclude<EngineName, 'embedded'>, number> = { nginx: 2, haproxy: 1 };

/**
 * The addresses that the engine would connect to, in their order. The embedded engine leaves this to the system
 * (undefined);
 * the others read the host's own file and then ask name servers for IPv4 addresses only, without search domains.
 * @throws {ProbeError} of kind `resolve`
 */
export async function connectAddresses(hostname: string, context: ProbeContext): Promise<(string | undefined)[]> {
  const { engine = 'embedded' } = context;
  if (engine === 'embedded') return [isAddress(hostname) ? bare(hostname) : undefined];
  const network = await readNetwork();
  const host = addressOf(hostname, network);
  if (isAddress(host)) return [bare(host)];
  const servers = context.resolver ?? network.nameServers;
  if (servers.length === 0) {
    throw new ProbeError('resolve', 'NO_NAME_SERVER', `this host has no name server to ask for ${hostname}`);
  }
  const resolver = new Resolver(DNS);
  resolver.setServers(servers);
  try {
    return (await resolver.resolve4(hostname)).slice(0, MOST[engine]);
  } catch (error) {
    const { code = 'ENOTFOUND' } = error as NodeJS.ErrnoException;
    const six = await resolver.resolve6(hostname).catch(() => []);
    const isSix = six.length > 0;
    const why = isSix
      ? `has IPv6 addresses only, and ${engine} asks for IPv4`
      : `is not known to ${servers.join(', ')}`;
    throw new ProbeError('resolve', code, `the name ${hostname} ${why}`);
  }
}

/**
 * TLS as the engine speaks it to an https placement: name asked for and checked, authorities, whether it is checked.
 * @throws {ProbeError} of kind `certificate` when the file of authorities cannot be read
 */
export async function tlsOptions(endpoint: Endpoint, context: ProbeContext): Promise<ConnectionOptions> {
  const { engine = 'embedded', dir } = context;
  const { serverName, verify = true, trusted } = endpoint;
  const host = bare(new URL(endpoint.url).hostname);
  const name = serverName ?? (isIP(host) ? undefined : host);
  const file = trusted ? join(dir, trusted) : engine === 'embedded' ? undefined : (await readNetwork()).authorities;
  const ca = file === undefined ? undefined : await authorities(file);
  return {
    rejectUnauthorized: verify,
    minVersion: 'TLSv1.2',
    ...(ca && { ca }),
    // Empty: no name is asked for. The embedded engine leaves that to Node.
    ...(name !== undefined ? { servername: name } : engine !== 'embedded' && { servername: '' }),
    ...(engine === 'nginx' &&
      name === undefined && {
        checkServerIdentity: (_: string, peer: PeerCertificate) => checkAsName(host, peer),
      }),
  };
}

async function authorities(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code = 'ENOENT' } = error as NodeJS.ErrnoException;
    throw new ProbeError('certificate', code, `the file of trusted authorities ${file} cannot be read`);
  }
}

/** nginx looks an address up among the names of a certificate, never among its addresses. */
function checkAsName(address: string, peer: PeerCertificate): Error | undefined {
  const names = [...(peer.subjectaltname ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name);
  const known = names.length > 0 ? names : [peer.subject?.CN];
  return known.includes(address) ? undefined : checkServerIdentity(`not-${address}`, peer);
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');
