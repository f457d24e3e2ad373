import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { AgentAuthMethod, AuthHandlerMiddleware, ParsedKey, PublicKeyAuthMethod } from 'ssh2';
import { RemoteError, messageOf } from '../core/errors.js';
import type { SshEndpoint } from './transport.js';

/** The ways to log in to one host, and a record of how each went. */
export interface SshLogin {
  methods: (PublicKeyAuthMethod | AgentAuthMethod)[];
  /** What each method is, in the order of `methods`, for messages. */
  names: string[];
  /** Keys that cannot be used, with the reason. */
  skipped: string[];
}

/**
 * Reads the key files of an endpoint; the agent comes last, since keys named in the fleet file are meant first.
 * @throws RemoteError (code AUTH) when nothing is left to log in with.
 */
export async function prepareLogin(host: string, endpoint: SshEndpoint): Promise<SshLogin> {
  const login: SshLogin = { methods: [], names: [], skipped: [] };
  const username = endpoint.user;
  for (const file of endpoint.identityFiles ?? []) {
    const key = await readKey(file);
    if (typeof key === 'string') {
      login.skipped.push(`key ${file}: ${key}`);
      continue;
    }
    login.methods.push({ type: 'publickey', username, key });
    login.names.push(`key ${file}`);
  }
  if (endpoint.agent) {
    login.methods.push({ type: 'agent', username, agent: endpoint.agent });
    login.names.push(`agent ${endpoint.agent}`);
  }
  if (login.methods.length === 0) throw nothingToTry(host, endpoint, login.skipped);
  return login;
}

/** Offers the methods one after the other and notes which were offered. */
export function authHandler(login: SshLogin, offered: string[]): AuthHandlerMiddleware {
  let next = 0;
  return (_left, _partial, callback) => {
    const method = login.methods[next];
    if (!method) {
      // ssh2 takes `false` for "nothing left"; its typings leave that out.
      (callback as (method: unknown) => void)(false);
      return;
    }
    offered.push(login.names[next] ?? method.type);
    next += 1;
    callback(method);
  };
}

/** The key of a file, or the reason why it cannot be used. */
async function readKey(file: string): Promise<ParsedKey | string> {
  const path = file === '~' || file.startsWith('~/') ? join(homedir(), file.slice(1)) : file;
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : messageOf(error);
  }
  const parsed = ssh2.utils.parseKey(content);
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (key instanceof Error) {
    return /passphrase/i.test(key.message) ? 'it is encrypted; add it to an SSH agent (fanops asks for no passphrase)' : key.message;
  }
  return key.isPrivateKey() ? key : 'it is a public key; name the private one';
}

function nothingToTry(host: string, endpoint: SshEndpoint, skipped: string[]): RemoteError {
  const reasons = skipped.length > 0 ? `:\n  ${skipped.join('\n  ')}` : '.';
  return new RemoteError(`No key to log in to ${host} as ${endpoint.user}${reasons}`, {
    host,
    code: 'AUTH',
    hint: 'Name a readable private key for this host, or use an SSH agent (ssh-add) and SSH_AUTH_SOCK.',
    data: { user: endpoint.user, skipped },
  });
}
