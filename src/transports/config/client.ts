import { execa } from 'execa';
import { UserError } from '../../core/errors.js';
import { excerpt } from '../output.js';
import { parseDirectives, type Directives } from './directives.js';

/** `Match exec` runs programs; they get this many milliseconds. */
const TIMEOUT_MS = 10_000;

/** How a host is named, with what is fixed already. */
export interface Asked {
  address: string;
  port?: number;
  user?: string;
}

export interface ConfigSource {
  /** File to read in place of the user's and the system's; `none` for nothing at all. */
  file?: string;
  env: NodeJS.ProcessEnv;
}

/**
 * What the SSH client of this machine would do for a host. Undefined when there is no client.
 * @throws UserError (code SSH_CONFIG) when the client refuses the configuration or takes too long.
 */
export async function askClient(
  { address, port, user }: Asked,
  { file, env }: ConfigSource,
): Promise<Directives | undefined> {
  const given = [
    ...(file ? ['-F', file] : []),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
  ];
  const result = await execa('ssh', ['-G', '-T', ...given, '--', address], {
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    env: { ...env, LC_ALL: 'C' },
    extendEnv: false,
    killSignal: 'SIGKILL',
  });
  if (result.code === 'ENOENT') return undefined;
  if (result.exitCode === 0) return parseDirectives(result.stdout);
  const why = result.timedOut
    ? `it took over ${TIMEOUT_MS / 1000} s (Match exec?)`
    : excerpt(result.stderr) || result.shortMessage;
  throw new UserError(`ssh_config gives no answer for ${address}: ${why}`, {
    code: 'SSH_CONFIG',
    where: address,
    hint: `See: ssh -G ${given.length > 0 ? `${given.join(' ')} ` : ''}-- ${address}`,
  });
}
