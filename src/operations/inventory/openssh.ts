import type { JumpHost, SshEndpoint } from '../../transports/transport.js';
import type { Entries } from './entries.js';

/** A value of ssh_config(5): in double quotes where it holds a space; `%` starts a token in paths. */
const value = (text: string): string => (/[\s"]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text);
const path = (text: string): string => value(text.replaceAll('%', '%%'));

/** The name of a host in the file, which does not clash with those of other fleets. */
const aliasOf = (name: string, fleet: string): string => `${name}.${fleet}`;

/** A jump host: a host of the fleet by its alias, another by login, address and port. */
function hop(jump: JumpHost, { entries, fleet }: Entries): string {
  if (entries.some(({ name }) => name === jump.name)) return aliasOf(jump.name, fleet);
  return `${jump.user}@${jump.address.includes(':') ? `[${jump.address}]` : jump.address}:${jump.port}`;
}

/** The way over jump hosts as ProxyJump takes it; undefined for none. A host of the fleet brings its own way along. */
export function wayOf({ jumps = [] }: SshEndpoint, all: Entries): string | undefined {
  const own = jumps.findLastIndex((jump, at) => at > 0 && all.entries.some(({ name }) => name === jump.name));
  const needed = own > 0 ? jumps.slice(own) : jumps;
  return needed.length > 0 ? needed.map((jump) => hop(jump, all)).join(',') : undefined;
}

function block(name: string, endpoint: SshEndpoint, all: Entries): string {
  const { identityFiles = [], defaultIdentityFiles = [], userKnownHostsFiles = [], hostKeyAlias, family } = endpoint;
  const jump = wayOf(endpoint, all);
  const lines = [
    `HostName ${value(endpoint.address)}`,
    `Port ${endpoint.port}`,
    `User ${value(endpoint.user)}`,
    ...[...identityFiles, ...defaultIdentityFiles].map((file) => `IdentityFile ${path(file)}`),
    ...(endpoint.identitiesOnly ? ['IdentitiesOnly yes'] : []),
    ...(endpoint.agent ? [`IdentityAgent ${path(endpoint.agent)}`] : []),
    `UserKnownHostsFile ${[all.knownHosts, ...userKnownHostsFiles].map(path).join(' ')}`,
    'StrictHostKeyChecking yes',
    ...(hostKeyAlias ? [`HostKeyAlias ${value(hostKeyAlias)}`] : []),
    ...(family ? [`AddressFamily ${family === 4 ? 'inet' : 'inet6'}`] : []),
    ...(jump ? [`ProxyJump ${jump}`] : []),
  ];
  return [`Host ${aliasOf(name, all.fleet)} ${name}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The hosts of a fleet for the Include of an ssh_config. */
export function sshConfigText(all: Entries): string {
  const head =
    `# Hosts of the fleet ${all.fleet}, by \`fanops ssh-config\`. Addresses change: ` +
    'write it anew when hosts come or go.';
  const gone = [...all.absent, ...all.failed].map(({ name, why }) => `# ${name} is left out: ${why.split('\n')[0]}`);
  return `${[head, ...gone, ...all.entries.map(({ name, endpoint }) => block(name, endpoint, all))].join('\n\n')}\n`;
}
