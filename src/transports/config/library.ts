import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import SSHConfig from 'ssh-config';
import { UserError } from '../../core/errors.js';
import type { Asked, ConfigSource } from './client.js';
import { Directives } from './directives.js';

/** What the library leaves out: a file with these needs the real client. */
const BEYOND = /^[ \t]*(Include\b|Match\b.*\bexec\b).*/im;

/**
 * What the user's ssh_config says of a host, read without an SSH client.
 * @throws UserError (code SSH_CONFIG) for a file that holds Include or Match exec, or cannot be read.
 */
export async function askLibrary({ address, port, user }: Asked, { file }: ConfigSource): Promise<Directives> {
  const given: [string, string][] = [
    ...(port === undefined ? [] : [['Port', String(port)] as [string, string]]),
    ...(user === undefined ? [] : [['User', user] as [string, string]]),
  ];
  if (file === 'none') return new Directives(given);
  const path = file ?? join(homedir(), '.ssh', 'config');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && file === undefined) return '';
    throw new UserError(`${path} cannot be read: ${error.message}`, { code: 'SSH_CONFIG', where: path, cause: error });
  });
  const beyond = BEYOND.exec(text)?.[0].trim();
  if (beyond) {
    throw new UserError(`${path} has "${beyond}", which fanops cannot follow by itself.`, {
      code: 'SSH_CONFIG',
      where: path,
      hint: "Install OpenSSH's client (ssh): fanops asks it then. Or name another file by FANOPS_SSH_CONFIG.",
    });
  }
  const computed = SSHConfig.parse(text).compute(
    user === undefined ? { Host: address } : { Host: address, User: user },
  );
  const found = Object.entries(computed).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  // The first value of a directive is the one that counts.
  return new Directives([...given, ...found]);
}
