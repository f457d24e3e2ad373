import { existsSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { hostPaths } from './paths.js';
import { identify, type ProcessIdentity } from '../machine/process-identity.js';
import { readJson, readRecord, writeJson } from './record.js';
import { EXIT_PORT_TAKEN } from './server/exit-codes.js';
import { createServer } from './server/server.js';

/** How often the server looks whether its host still exists: a folder that somebody removed must not leave a process. */
const WATCH_MS = 5000;

const { values } = parseArgs({ options: { dir: { type: 'string' } } });
if (!values.dir) throw new Error('usage: server-main --dir DIR');
const dir = values.dir;
const paths = hostPaths(dirname(dirname(dir)), basename(dirname(dir)), basename(dir));
const record = readRecord(paths);
if (!record) throw new Error(`${paths.record} does not exist`);

const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
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
  writeJson(paths.server, identify(process.pid));
  log(`server listens on 127.0.0.1:${record.port}`);
});
setInterval(() => {
  if (!existsSync(paths.record)) end('the host was removed');
}, WATCH_MS);
