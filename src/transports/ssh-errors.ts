import { formatDuration } from '../core/duration.js';
import { CancelledError, FanopsError, RemoteError, messageOf } from '../core/errors.js';
import { ConnectTimeout, LoginTimeout } from './ssh-socket.js';
import type { SshEndpoint } from './transport.js';

/** What ssh2 and sockets hang on their errors. */
interface SshFault extends Error {
  level?: string;
  code?: string | number;
}

/** sshd says this when a client offers more keys than MaxAuthTries. */
const TOO_MANY = /Too many authentication failures/i;

/** `address:port`, with brackets around an IPv6 address. */
export function addressOf(endpoint: Pick<SshEndpoint, 'address' | 'port'>): string {
  return `${endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address}:${endpoint.port}`;
}

/** A server with too many logins under way (MaxStartups) closes before its greeting: worth another try. */
export function isCongestion(error: unknown): boolean {
  const fault = error as SshFault;
  return (
    fault.message === 'Connection lost before handshake' ||
    fault.message === 'No response from server' ||
    fault.code === 'ECONNRESET'
  );
}

/** What was tried to open a link. */
export interface Attempt {
  host: string;
  endpoint: SshEndpoint;
  /** The way there, for messages: empty, or ` through ...`. */
  through: string;
  deadlineMs: number;
  /** Keys and agents that were offered. */
  offered: string[];
  /** Keys that could not be, with the reason. */
  skipped: string[];
}

/** The error for a link that could not be opened. */
export function openingError(attempt: Attempt, error: unknown): FanopsError {
  const { host, endpoint, through, deadlineMs } = attempt;
  if (error instanceof RemoteError || error instanceof CancelledError) return error;
  if (error instanceof FanopsError)
    return new RemoteError(error.message, {
      host,
      where: error.where,
      code: error.code,
      hint: error.hint,
      cause: error,
    });
  const fault = error as SshFault;
  const where = `${host} (${addressOf(endpoint)}${through})`;
  const facts = { host, cause: error, data: { address: addressOf(endpoint), deadlineMs } };
  if (fault.level === 'client-authentication' || fault.level === 'agent' || TOO_MANY.test(fault.message))
    return loginError(attempt, fault);
  if (error instanceof ConnectTimeout) {
    return new RemoteError(`${where} accepted no TCP connection within ${formatDuration(error.ms)}.`, {
      ...facts,
      code: 'DEADLINE',
      data: { ...facts.data, deadlineMs: error.ms },
      hint: 'Check that the machine runs, its address, and that firewalls let SSH through.',
    });
  }
  if (error instanceof LoginTimeout) {
    const what = error.heard ? 'did not finish the login' : 'takes connections and says nothing: no SSH greeting';
    return new RemoteError(`${where} ${what} within ${formatDuration(deadlineMs)}.`, {
      ...facts,
      code: 'DEADLINE',
      hint: error.heard
        ? 'The machine may be overloaded, or its logins wait for something (DNS, PAM).'
        : 'Check that an SSH server listens on this port, and that the machine is not frozen.',
    });
  }
  return new RemoteError(`${where} cannot be reached: ${reasonOf(fault)}.`, {
    ...facts,
    code: 'UNREACHABLE',
    hint: 'Check that the machine runs, its address and port, and that an SSH server listens there.',
  });
}

/** The RemoteError for a host that lets nobody in with the keys there are. */
export function loginError(
  { host, endpoint, through, deadlineMs, offered, skipped }: Attempt,
  fault: unknown,
): RemoteError {
  const where = `${host} (${addressOf(endpoint)}${through})`;
  const tooMany = TOO_MANY.test(messageOf(fault));
  const tried = [...offered.map((name) => `${name}: refused`), ...skipped];
  return new RemoteError(
    `${where} does not let ${endpoint.user} log ` +
      `in${tooMany ? ': too many keys were offered' : ''}. Tried:\n  ${tried.join('\n  ')}`,
    {
      host,
      code: 'AUTH',
      cause: fault,
      hint: tooMany
        ? 'Name the right key: `identity:` in the fleet file, or IdentityFile with IdentitiesOnly yes in ssh_config.'
        : `Check the user, and that one of these keys is in ~${endpoint.user}/.ssh/authorized_keys on the host.`,
      data: { address: addressOf(endpoint), deadlineMs, user: endpoint.user, offered, skipped },
    },
  );
}

/** The RemoteError for a link that broke while it was used. */
export function lostError(
  host: string,
  endpoint: SshEndpoint,
  through: string,
  cause: unknown,
  command?: string,
): RemoteError {
  const reason = cause ? `: ${reasonOf(cause as SshFault)}` : '';
  const what = command ? ' The command may still be running there.' : '';
  return new RemoteError(
    `The SSH connection to ${host} (${addressOf(endpoint)}${through}) was lost${reason.replace(/\.$/, '')}.${what}`,
    {
      host,
      code: 'LINK_LOST',
      command,
      cause,
      hint: 'Run it again: fanops connects anew.',
    },
  );
}

function reasonOf(fault: SshFault): string {
  switch (fault.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name does not resolve';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route to it';
    case 'ECONNRESET':
      return 'connection reset';
    default:
      return isCongestion(fault) ? 'it closed the connection before the login' : messageOf(fault);
  }
}
