import { userInfo } from 'node:os';
import { UserError } from '../../core/errors.js';
import type { JumpHost, SshEndpoint } from '../transport.js';
import { askClient, type Asked, type ConfigSource } from './client.js';
import { words, type Directives } from './directives.js';
import { askLibrary } from './library.js';
import { expandPath, type TokenFacts } from './tokens.js';

/** A longer way than this is refused. */
export const MOST_JUMPS = 2;

/** What the fleet file says of a host; it wins over ssh_config. */
export interface WantedEndpoint extends Asked {
  identityFiles?: string[];
  hostKeys?: string[];
  /** Given: ssh_config's ProxyJump does not count. */
  jumps?: JumpHost[];
}

/** Directives that change how a host is reached in ways that fanops does not know. */
const UNKNOWN = ['proxycommand', 'bindinterface', 'pkcs11provider'];

/** Key files that ssh tries by itself, of the types that can be read here. */
export const DEFAULT_KEYS = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

/**
 * How a host is reached that the fleet file names by address or alias, as the user's own ssh would reach it.
 * @throws UserError (code SSH_CONFIG) for what fanops cannot do: ProxyCommand, more than two jump hosts.
 */
export async function endpointFor(wanted: WantedEndpoint, source: ConfigSource, depth = 0): Promise<SshEndpoint> {
  const directives = (await askClient(wanted, source)) ?? (await askLibrary(wanted, source));
  for (const name of UNKNOWN) {
    const value = directives.one(name);
    if (value !== undefined && !(name === 'proxycommand' && wanted.jumps))
      throw unsupported(wanted.address, name, value);
  }
  const address = directives.one('hostname')?.replaceAll('%h', wanted.address).replaceAll('%%', '%') ?? wanted.address;
  const port = wanted.port ?? directives.number('port') ?? 22;
  const user = wanted.user ?? directives.one('user') ?? userInfo().username;
  const jump = directives.one('proxyjump');
  const hostKeyAlias = directives.one('hostkeyalias');
  const facts: TokenFacts = { original: wanted.address, address, port, user, hostKeyAlias, jump, env: source.env };
  const { identityFiles, defaultIdentityFiles } = keyFiles(wanted, directives, facts);
  return {
    address,
    port,
    user,
    identityFiles,
    defaultIdentityFiles,
    hostKeyAlias,
    hostKeys: wanted.hostKeys,
    identitiesOnly: directives.is('identitiesonly'),
    agent: agentSocket(directives, facts),
    userKnownHostsFiles: ['userknownhostsfile', 'globalknownhostsfile']
      .flatMap((name) => directives.all(name))
      .flatMap(words)
      .filter((file) => file !== 'none')
      .map((file) => expandPath(file, facts)),
    connectTimeoutMs: seconds(directives, 'connecttimeout'),
    keepaliveIntervalMs: seconds(directives, 'serveraliveinterval'),
    keepaliveCountMax: directives.number('serveralivecountmax'),
    localAddress: directives.one('bindaddress'),
    family: { inet: 4 as const, inet6: 6 as const }[directives.one('addressfamily')?.toLowerCase() ?? ''],
    jumps: wanted.jumps ?? (jump === undefined ? undefined : await jumpHosts(wanted.address, jump, source, depth + 1)),
  };
}

/** The hosts of a ProxyJump value, each looked up as well. As with ssh, only the first one's own ProxyJump counts. */
async function jumpHosts(from: string, value: string, source: ConfigSource, depth: number): Promise<JumpHost[]> {
  const chain: JumpHost[] = [];
  for (const [at, text] of value.split(',').entries()) {
    const hop = parseHop(text.trim());
    if (depth > MOST_JUMPS) throw tooFar(from, [{ name: hop.address }]);
    const { jumps = [], ...endpoint } = await endpointFor(at === 0 ? hop : { ...hop, jumps: [] }, source, depth);
    chain.push(...jumps, { name: hop.address, ...endpoint });
    if (chain.length > MOST_JUMPS) throw tooFar(from, chain);
  }
  return chain;
}

/** The error for a way over too many hosts. */
export const tooFar = (host: string, chain: readonly Pick<JumpHost, 'name'>[]): UserError =>
  new UserError(`${host} lies behind more than ${MOST_JUMPS} jump hosts: ${chain.map((hop) => hop.name).join(', ')}.`, {
    code: 'SSH_CONFIG',
    where: host,
    hint: 'Choose a jump host that is nearer.',
  });

/** `[user@]host[:port]`, with brackets around an IPv6 address, or a URI ssh://... */
function parseHop(text: string): Asked {
  const match = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+|[^:]*:[^/]*:[^/]*))(?::(\d+))?\/?$/.exec(text);
  const address = match?.[2] ?? match?.[3];
  if (!match || !address)
    throw new UserError(`ssh_config: "${text}" is no jump host.`, {
      code: 'SSH_CONFIG',
      hint: 'Write it as user@host:port.',
    });
  return { address, user: match[1], port: match[4] === undefined ? undefined : Number(match[4]) };
}

function keyFiles(
  wanted: WantedEndpoint,
  directives: Directives,
  facts: TokenFacts,
): Pick<SshEndpoint, 'identityFiles' | 'defaultIdentityFiles'> {
  if (wanted.identityFiles) return { identityFiles: wanted.identityFiles };
  const listed = directives.all('identityfile').filter((file) => file !== 'none');
  // `ssh -G` lists its defaults when nothing was set, and several of them are never set by hand together.
  const byDefault =
    listed.length === 0 ||
    (listed.includes('~/.ssh/id_rsa') &&
      listed.includes('~/.ssh/id_ed25519') &&
      listed.every((file) => file.startsWith('~/.ssh/id_')));
  const expanded = (byDefault ? DEFAULT_KEYS : listed).map((file) => expandPath(file, facts));
  return byDefault ? { identityFiles: [], defaultIdentityFiles: expanded } : { identityFiles: expanded };
}

/** IdentityAgent: a path, `none`, `SSH_AUTH_SOCK`, or `$NAME`; else the agent of the environment. */
function agentSocket(directives: Directives, facts: TokenFacts): string | undefined {
  const [value] = directives.all('identityagent');
  if (value === undefined || value === 'SSH_AUTH_SOCK') return facts.env.SSH_AUTH_SOCK || undefined;
  if (value.toLowerCase() === 'none') return undefined;
  return /^\$\w+$/.test(value) ? facts.env[value.slice(1)] || undefined : expandPath(words(value).join(' '), facts);
}

function seconds(directives: Directives, name: string): number | undefined {
  const value = directives.number(name);
  return value === undefined ? undefined : value * 1000;
}

const unsupported = (host: string, name: string, value: string): UserError =>
  new UserError(`ssh_config of ${host} has ${name} ${value}, which fanops does not support.`, {
    code: 'SSH_CONFIG',
    where: host,
    hint:
      name === 'proxycommand'
        ? 'Use ProxyJump, or name the jump hosts in the fleet file: jump: [HOST]. For fanops ' +
          `alone: a Match block before it with \`ProxyCommand none\`, in a file named by ` +
          'FANOPS_SSH_CONFIG.'
        : 'Set it to none for this host, in ssh_config or in a file named by FANOPS_SSH_CONFIG.',
  });
