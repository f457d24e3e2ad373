import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { failedError } from './command-errors.js';
import { runScript } from '../core/host-script.js';
import type { Executor } from './executor.js';
import type { Command, RunOptions } from './transport.js';

const UNPACK = 'mkdir -p "$1" && exec tar -xpof - -C "$1"';

/** How long a transfer may take unless its caller says otherwise: ten minutes. */
const TRANSFER_TIMEOUT_MS = 600_000;

/** Unpacks a tar stream into a directory. @throws RemoteError, code DISK_FULL when the host has no space left. */
export async function putTar(
  exec: Executor,
  host: string,
  tar: Readable,
  directory: string,
  options: RunOptions = {},
): Promise<void> {
  const command: Command = { argv: ['sh', '-c', UNPACK, 'put-tar', operand(directory)] };
  const result = await exec(command, { timeoutMs: TRANSFER_TIMEOUT_MS, ...options, stdin: tar });
  if (result.code !== 0) throw failedError(host, `Unpacking into ${directory}`, command, result);
}

/** Writes one file under a temporary name beside it, then gives it its mode (default 0644) and renames it. */
export async function putFile(
  exec: Executor,
  host: string,
  content: string | Buffer,
  path: string,
  mode = 0o644,
): Promise<void> {
  const target = operand(path);
  const draft = posix.join(posix.dirname(target), `.fanops-${randomBytes(6).toString('hex')}.tmp`);
  const size = String(Buffer.byteLength(content));
  const folder = operand(posix.dirname(target));
  const argv = runScript('put-file', 'put-file', target, folder, operand(draft), mode.toString(8), size);
  const result = await exec({ argv }, { stdin: content, timeoutMs: TRANSFER_TIMEOUT_MS });
  if (result.code !== 0) throw failedError(host, `Writing ${path}`, { argv: ['put-file', path] }, result);
}

/** Reads a file; undefined when it does not exist. @throws RemoteError when it exists and cannot be read. */
export async function getFile(exec: Executor, host: string, path: string): Promise<Buffer | undefined> {
  const command: Command = { argv: ['cat', operand(path)] };
  const result = await exec(command, { timeoutMs: TRANSFER_TIMEOUT_MS });
  if (result.code === 0) return result.stdout;
  // Commands run with LC_ALL=C, so this text is the one of the C library everywhere.
  if (result.code === 1 && result.stderr.toString().includes('No such file or directory')) return undefined;
  throw failedError(host, `Reading ${path}`, command, result);
}

/** A path that no program takes for an option. */
function operand(path: string): string {
  return path.startsWith('/') ? path : `./${path}`;
}
