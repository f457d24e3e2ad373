import { formatDuration } from '../core/duration.js';
import { FanopsError, RemoteError, messageOf } from '../core/errors.js';
import type { SshEndpoint } from './transport.js';

/** What ssh2 and sockets hang on their errors. */
interface SshFault extends Error {
  level?: string;
  code?: string | number;
}

/** `address:port`, with brackets around an IPv6 address. */
export function addressOf(endpoint: SshEndpoint): string {
  return `${endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address}:${endpoint.port}`;
}

/** A server with too many logins under way (MaxStartups) closes before its greeting: worth another try. */
export function isCongestion(error: unknown): boolean {
  const fault = error as SshFault;
  return fault.message === 'Connection lost before handshake' || fault.message === 'No response from server' || fault.code === 'ECONNRESET';
}

/** What was tried to open a link. */
export interface Attempt {
  host: string;
  endpoint: SshEndpoint;
  deadlineMs: number;
  /** Keys and agents that were offered. */
  offered: string[];
  /** Keys that could not be, with the reason. */
  skipped: string[];
}

/** The RemoteError for a link that could not be opened. */
export function openingError(attempt: Attempt, error: unknown): RemoteError {
  const { host, endpoint, deadlineMs, offered, skipped } = attempt;
  if (error instanceof RemoteError) return error;
  if (error instanceof FanopsError)
    return new RemoteError(error.message, { host, where: error.where, code: error.code, hint: error.hint, cause: error });
  const fault = error as SshFault;
  const where = `${host} (${addressOf(endpoint)})`;
  const facts = { host, cause: error, data: { address: addressOf(endpoint), deadlineMs } };
  if (fault.level === 'client-authentication' || fault.level === 'agent') {
    const tried = [...offered.map((name) => `${name}: refused`), ...skipped];
    const agent = fault.level === 'agent' ? `\n  agent: ${fault.message}` : '';
    return new RemoteError(`${where} does not let ${endpoint.user} log in. Tried:\n  ${tried.join('\n  ')}${agent}`, {
      ...facts,
      code: 'AUTH',
      hint: `Check the user, and that one of these keys is in ~${endpoint.user}/.ssh/authorized_keys on the host.`,
      data: { ...facts.data, user: endpoint.user, offered, skipped },
    });
  }
  if (fault.level === 'client-timeout') {
    return new RemoteError(`${where} did not answer within ${formatDuration(deadlineMs)}.`, {
      ...facts,
      code: 'DEADLINE',
      hint: 'Check that the machine runs and that firewalls let SSH through.',
    });
  }
  return new RemoteError(`${where} cannot be reached: ${reasonOf(fault)}.`, {
    ...facts,
    code: 'UNREACHABLE',
    hint: 'Check that the machine runs, its address and port, and that an SSH server listens there.',
  });
}

/** The RemoteError for a link that broke while it was used. */
export function lostError(host: string, endpoint: SshEndpoint, cause: unknown, command?: string): RemoteError {
  const reason = cause ? `: ${reasonOf(cause as SshFault)}` : '';
  const what = command ? ' The command may still be running there.' : '';
  return new RemoteError(`The SSH connection to ${host} (${addressOf(endpoint)}) was lost${reason}.${what}`, {
    host,
    code: 'LINK_LOST',
    command,
    cause,
    hint: 'Run it again: fanops connects anew.',
  });
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
