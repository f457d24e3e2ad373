import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { writing } from '../../core/disk-full.js';

const exec = promisify(execFile);
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * What npm needs to find its registry and packages: no logins of clouds, no SSH agent. Its own configuration in the
 * home folder is what it installs with.
 */
const NPM =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|(https?|no)_proxy|npm_\w+|XDG_(CACHE|CONFIG)_HOME)$/i;

/** The environment of npm and of the build script of an app on this machine. */
export const npmEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => NPM.test(name)));

/** The words before a command that take the network from it; none where this machine lets no user do that. */
export async function findNetworkless(): Promise<readonly string[]> {
  const ways =
    process.getuid?.() === 0 ? [['unshare', '--net']] : [['unshare', '--user', '--map-current-user', '--net']];
  for (const way of ways) {
    const works = await exec(way[0]!, [...way.slice(1), 'true'], { timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (works) return way;
  }
  return [];
}

export interface ConfinedOptions {
  /** Milliseconds. */
  timeout: number;
  /** Bytes of its output. */
  maxBuffer: number;
  signal: AbortSignal;
  /** Words before the command that take the network from it. */
  networkless: readonly string[];
}

/**
 * Runs Node with code of an app on this machine: with a home folder of its own that is empty, no variable of the
 * user's, and without a network where the system has
 * `unshare`. It can still read what the user can read.
 */
export async function confined(
  args: readonly string[],
  { networkless, ...options }: ConfinedOptions,
): Promise<{ stdout: string }> {
  const home = await writing(tmpdir(), () => mkdtemp(join(tmpdir(), 'fanops-analysis-')));
  try {
    const [command = process.execPath, ...rest] = [...networkless, process.execPath, ...args];
    const env = {
      PATH: `${dirname(process.execPath)}:${SYSTEM_PATH}`,
      HOME: home,
      TMPDIR: home,
      LANG: process.env.LANG ?? 'C.UTF-8',
      ...(process.env.TZ ? { TZ: process.env.TZ } : {}),
    };
    return await exec(command, rest, { ...options, env, killSignal: 'SIGTERM' });
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}
