import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDuration } from '../../core/duration.js';
import { diskFullError } from '../../core/disk-full.js';
import { BugError, CancelledError, PreconditionError, RemoteError } from '../../core/errors.js';
import { lookUntil } from '../../core/look-until.js';
import { hostEnvironment } from './environment.js';
import { isFree } from './ports.js';
import { probe } from './probe.js';
import type { HostPaths } from './paths.js';
import { runningServer, type HostRecord } from './record.js';
import { EXIT_DISK_FULL, EXIT_PORT_TAKEN } from './server/exit-codes.js';

/** How long a host may take until its SSH server answers with the host's own key. */
const START_MS = 20_000;

/** How long a server that was killed may keep its port. */
const LEAVES_MS = 1000;

/** A server that starts drops a log that has grown beyond this many bytes. */
const LOG_LIMIT = 5 * 1024 * 1024;

/**
 * Makes sure that the SSH server of a host runs and answers; it outlives this process.
 * @param entry the server's program; by default the built one beside this file, or in `dist` when this runs from the
 * sources.
 * @throws PreconditionError (code PORT_TAKEN), RemoteError (code DEADLINE), FanopsError (code DISK_FULL).
 */
export async function ensureServer(
  paths: HostPaths,
  record: HostRecord,
  entry = serverEntry(),
  signal?: AbortSignal,
): Promise<void> {
  const running = runningServer(paths) !== undefined;
  if (!running && !(await becomesFree(record.port))) throw portTaken(paths, record);
  const child = running ? undefined : start(paths, entry);
  const deadline = Date.now() + START_MS;
  let seen = 'nothing';
  const look = async (): Promise<true | undefined> => {
    if (signal?.aborted) throw new CancelledError(`Cancelled while the local host ${record.name} started.`);
    seen = await probe(paths, record, Math.max(deadline - Date.now(), 1));
    if (seen === 'ready') return true;
    if (child?.exitCode === EXIT_PORT_TAKEN || seen === 'foreign') throw portTaken(paths, record);
    if (child?.exitCode === EXIT_DISK_FULL) throw diskFullError(paths.server, undefined, { of: `host ${record.name}` });
    if (child && (child.exitCode !== null || child.signalCode !== null))
      throw notAnswering(paths, record, 'its SSH server ended', seen);
    return undefined;
  };
  const late = (): never => {
    throw notAnswering(paths, record, `no answer within ${formatDuration(START_MS)}`, seen);
  };
  await lookUntil(look, { withinMs: START_MS, pauseMs: 30, late });
}

/**
 * Whether nothing listens on a port, or soon nothing does: a server that was killed has it until its last thread ended.
 */
const becomesFree = (port: number): Promise<boolean> =>
  lookUntil<boolean>(async () => (await isFree(port)) || undefined, {
    ...{ withinMs: LEAVES_MS, pauseMs: 30 },
    late: () => false,
  });

function start(paths: HostPaths, entry: string): ChildProcess {
  const isLong = existsSync(paths.log) && statSync(paths.log).size > LOG_LIMIT;
  const log = openSync(paths.log, isLong ? 'w' : 'a', 0o600);
  try {
    const options = {
      cwd: paths.dir,
      env: hostEnvironment(paths),
      detached: true,
      stdio: ['ignore', log, log] as ['ignore', number, number],
    };
    const child = spawn(process.execPath, [entry, '--dir', paths.dir], options);
    child.unref(); // Also when it does not come up: this process must not wait for its end.
    return child;
  } finally {
    closeSync(log);
  }
}

function serverEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, 'server-main.js');
  if (existsSync(built)) return built;
  const fromSources = join(here, '..', '..', '..', 'dist', 'providers', 'local', 'server-main.js');
  if (existsSync(fromSources)) return fromSources;
  throw new BugError(`The server of the local provider is not built: ${fromSources} is missing.`, {
    hint: 'Run npm run build in the clone.',
  });
}

function portTaken(paths: HostPaths, record: HostRecord): PreconditionError {
  return new PreconditionError(`Port ${record.port} of the local host ${record.name} is taken by another program.`, {
    where: paths.dir,
    code: 'PORT_TAKEN',
    hint:
      `End the program that listens on 127.0.0.1:${record.port}, or destroy this host and make ` +
      'it anew on another port.',
    data: { port: record.port },
  });
}

function notAnswering(paths: HostPaths, record: HostRecord, reason: string, last: string): RemoteError {
  return new RemoteError(
    `The local host ${record.name} does not come up on 127.0.0.1:${record.port}: ${reason} (last seen: ${last}).`,
    {
      host: record.name,
      code: 'DEADLINE',
      hint: `See ${paths.log}.`,
    },
  );
}
