import type { AuthHandlerMiddleware, ParsedKey } from 'ssh2';
import type { Asker } from '../core/asker.js';
import { RemoteError } from '../core/errors.js';
import { agentKeys, type AgentKeys } from './agent-keys.js';
import { AgentKey, LockedKey, OneKeyAgent } from './identity.js';
import { expandHome } from './home.js';
import { readKeyFile, type KeyFile } from './key-file.js';
import { UNLOCKING, type KeyStore } from './key-store.js';
import { answerPrompts } from './keyboard.js';
import type { SshEndpoint } from './transport.js';

/** One way to log in. */
interface SshIdentity {
  /** What it is, for messages. */
  name: string;
  key: ParsedKey | OneKeyAgent;
}

/** The ways to log in to one host. */
export interface SshLogin {
  identities: SshIdentity[];
  /** Keys that cannot be used, with the reason. */
  skipped: string[];
  /** What went wrong while a person was asked. */
  failure?: unknown;
}

/** What a login needs besides the endpoint. */
export interface LoginTools {
  keys: KeyStore;
  asker?: Asker;
  /** Wraps every wait for a person, so that no deadline runs meanwhile. */
  waiting: <T>(answer: Promise<T>) => Promise<T>;
}

/**
 * Reads the key files of an endpoint and asks its agent. The keys named for the host come first, each through the agent
 * when that holds it;
 * then, unless IdentitiesOnly, the other keys of the agent; the default key files last. A server counts every key that
 * it is offered.
 * @throws RemoteError (code AUTH) when nothing is left to log in with.
 */
export async function prepareLogin(host: string, endpoint: SshEndpoint, tools: LoginTools): Promise<SshLogin> {
  const login: SshLogin = { identities: [], skipped: [] };
  const { agent: socket } = endpoint;
  const agent = socket ? await agentKeys(socket) : undefined;
  const seen = new Set<string>();
  const add = (name: string, key: SshIdentity['key'], publicKey: ParsedKey | undefined): void => {
    const id = publicKey?.getPublicSSH().toString('base64');
    if (id !== undefined && seen.has(id)) return;
    if (id !== undefined) seen.add(id);
    login.identities.push({ name, key });
  };
  const addFiles = async (paths: readonly string[], named: boolean): Promise<void> => {
    for (const path of paths) {
      const file = await readKeyFile(expandHome(path));
      const held = agent && heldBy(agent, file);
      if (held) add(`key ${path} (agent)`, new AgentKey(agent.agent, held), held);
      else if (file.private) add(`key ${path}`, file.private, file.public);
      else if (isLocked(file) && tools.keys.canUnlock)
        add(`key ${path}`, new LockedKey(file, tools.keys, tools.waiting), file.public);
      else if (named || file.encrypted) login.skipped.push(`key ${path}: ${file.encrypted ? LOCKED : file.reason}`);
    }
  };
  await addFiles(endpoint.identityFiles ?? [], true);
  if (agent && !endpoint.identitiesOnly) {
    for (const key of agent.keys)
      add(`agent ${socket}${key.comment ? ` (${key.comment})` : ''}`, new AgentKey(agent.agent, key), key);
  }
  if (agent?.reason) login.skipped.push(`agent ${socket}: ${agent.reason}`);
  await addFiles(endpoint.defaultIdentityFiles ?? [], false);
  if (login.identities.length === 0 && !tools.asker) throw nothingToTry(host, endpoint, login.skipped);
  return login;
}

/**
 * Offers the identities one after the other and notes which were offered; questions of the server (a code, a password)
 * are put to the person
 * when all keys are through, or as soon as the server has taken one and wants more.
 */
export function authHandler(
  login: SshLogin,
  username: string,
  offered: string[],
  tools: LoginTools,
): AuthHandlerMiddleware {
  const rest = [...login.identities];
  let current: SshIdentity | undefined;
  let asked = false;
  return (_left, partial, callback) => {
    const enough = partial === true || (current?.key instanceof OneKeyAgent && current.key.used);
    const next = enough && tools.asker ? undefined : rest.shift();
    current = next;
    if (next) {
      offered.push(next.name);
      const { key } = next;
      callback(
        key instanceof OneKeyAgent ? { type: 'agent', username, agent: key } : { type: 'publickey', username, key },
      );
    } else if (tools.asker && !asked) {
      asked = true;
      offered.push('answers to its questions');
      callback({
        type: 'keyboard-interactive',
        username,
        prompt: answerPrompts(tools.asker, tools.waiting, (error) => (login.failure = error)),
      });
    } else {
      // ssh2 takes `false` for "nothing left"; its typings leave that out.
      (callback as (method: unknown) => void)(false);
    }
  };
}

const LOCKED = `it is encrypted. ${UNLOCKING}`;
const isLocked = (file: KeyFile): file is KeyFile & { encrypted: Buffer } => file.encrypted !== undefined;

function heldBy(agent: AgentKeys, file: KeyFile): ParsedKey | undefined {
  const wanted = file.public?.getPublicSSH();
  return wanted && agent.keys.find((key) => key.getPublicSSH().equals(wanted));
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
