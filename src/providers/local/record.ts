import { readFileSync } from 'node:fs';
import { PreconditionError, messageOf } from '../../core/errors.js';
import { replaceFileSync } from '../../core/write-file.js';
import type { HostPaths } from './paths.js';
import { isRunning, type ProcessIdentity } from '../machine/process-identity.js';

/** `host.json`: what a local host is. */
export interface HostRecord {
  name: string;
  fleet: string;
  roles: string[];
  runId: string;
  /** Port of its SSH server on 127.0.0.1, the same for the life of the host. */
  port: number;
  /** Login name: the user who made it. */
  user: string;
  /** ISO time. */
  createdAt: string;
}

/** The record of a host, undefined when there is no such host. @throws PreconditionError when it cannot be read. */
export function readRecord(paths: HostPaths): HostRecord | undefined {
  const record = readJson(paths.record) as HostRecord | undefined;
  if (record && typeof record.port !== 'number') throw damaged(paths.record, 'it names no port');
  return record;
}

export function writeRecord(paths: HostPaths, record: HostRecord): void {
  writeJson(paths.record, record);
}

/** The server of a host, when it runs. */
export function runningServer(paths: HostPaths): ProcessIdentity | undefined {
  const identity = readJson(paths.server) as ProcessIdentity | undefined;
  return identity && isRunning(identity) ? identity : undefined;
}

/** Writes a JSON file atomically, readable only by its owner. */
export function writeJson(path: string, value: unknown): void {
  replaceFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`, 0o600);
}

/** A JSON file, undefined when it does not exist. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(path, messageOf(error));
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
}

function damaged(path: string, reason: string): PreconditionError {
  return new PreconditionError(`A file of a local host cannot be used: ${reason}.`, {
    where: path,
    hint: 'Destroy the host and make it anew.',
  });
}
