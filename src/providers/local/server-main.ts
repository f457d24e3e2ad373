import { existsSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { hostPaths } from './paths.js';
import { identify, type ProcessIdentity } from '../machine/process-identity.js';
import { isDiskFull } from '../../core/disk-full.js';
import { readJson, readRecord, writeJson } from './record.js';
import { EXIT_DISK_FULL, EXIT_PORT_TAKEN } from './server/exit-codes.js';
import { recordGroups } from './server/processes.js';
import { createServer } from './server/server.js';

/**
 * How often the server looks whether its host still exists: a folder that somebody removed must not leave a process.
 */
const WATCH_MS = 5000;

const { values } = parseArgs({ options: { dir: { type: 'string' } } });
if (!values.dir) throw new Error('usage: server-main --dir DIR');
const dir = values.dir;
const paths = hostPaths(dirname(dirname(dir)), basename(dirname(dir)), basename(dir));
const record = readRecord(paths);
if (!record) throw new Error(`${paths.record} does not exist`);

/** A stream would end at the first line that has no space, and stay so. */
const log = (line: string): void => {
  try {
    writeSync(1, `${new Date().toISOString()} ${line}\n`);
  } catch {
    // The disk is full, or the log's reader has gone: a host without a log is still a host.
  }
};
const server = createServer(paths, record, log);

const end = (reason: string): void => {
  log(`server ends: ${reason}`);
  const mine = (readJson(paths.server) as ProcessIdentity | undefined)?.pid === process.pid;
  if (mine) rmSync(paths.server, { force: true });
  process.exit(0);
};

server.on('error', (error: NodeJS.ErrnoException) => {
  log(`server: ${error.message}`);
  process.exit(error.code === 'EADDRINUSE' ? EXIT_PORT_TAKEN : 1);
});
// One client must not take the others down: ssh2 may throw on what a broken one sends.
process.on('uncaughtException', (error) => log(`fault: ${error.stack ?? error.message}`));
process.on('SIGTERM', () => end('SIGTERM'));
process.on('SIGINT', () => end('SIGINT'));
process.on('SIGHUP', () => undefined);

server.listen(record.port, '127.0.0.1', () => {
  try {
    writeJson(paths.server, identify(process.pid));
  } catch (error) {
    log(`server: ${String(error)}`);
    process.exit(isDiskFull(error) ? EXIT_DISK_FULL : 1);
  }
  log(`server listens on 127.0.0.1:${record.port}`);
});
setInterval(() => {
  if (!existsSync(paths.record)) end('the host was removed');
  recordGroups();
}, WATCH_MS);
