import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshEndpoint } from '../../src/transports/transport.js';
import { freePort } from './ports.js';
import { until } from './until.js';

const SSHD = '/usr/sbin/sshd';

export interface Sshd {
  endpoint: SshEndpoint;
  dir: string;
  /** Lines of its log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Why OpenSSH's server cannot be used here, undefined when it can. With FANOPS_NO_SKIP=1 the answer is an error instead. */
export function sshdMissing(): string | undefined {
  if (existsSync(SSHD)) return undefined;
  const reason = `skipped: OpenSSH's server is not at ${SSHD} (apt-get install openssh-server)`;
  if (process.env.FANOPS_NO_SKIP === '1') throw new Error(reason);
  console.log(reason);
  return reason;
}

/** A private key in OpenSSH's format and its public one. */
export function keyPair(dir: string, name: string, passphrase = ''): { path: string; public: string } {
  const path = join(dir, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', '', '-f', path]);
  return { path, public: readFileSync(`${path}.pub`, 'utf8').trim() };
}

/** Runs OpenSSH's sshd in the foreground from a folder of its own, on a free port of the loopback interface, for this user only. */
export async function startSshd(settings: string[] = []): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), 'sshd-'));
  const hostKey = keyPair(dir, 'host_key');
  const userKey = keyPair(dir, 'user_key');
  const port = await freePort();
  writeFileSync(join(dir, 'authorized_keys'), `${userKey.public}\n`);
  writeFileSync(
    join(dir, 'sshd_config'),
    [
      ...settings,
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey.path}`,
      `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  );
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const logFile = join(dir, 'log');
  const child = spawn(SSHD, ['-D', '-f', join(dir, 'sshd_config'), '-E', logFile], { stdio: 'ignore' });
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await until('sshd to listen', () => {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    return log().includes(`Server listening on 127.0.0.1 port ${port}`);
  });
  return {
    dir,
    endpoint: {
      address: '127.0.0.1',
      port,
      user: userInfo().username,
      identityFiles: [userKey.path],
      hostKeys: [hostKey.public],
    },
    log,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
