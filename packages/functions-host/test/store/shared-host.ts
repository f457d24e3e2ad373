import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, packageRoot } from '../helpers/host.js';
import { readJsonLines } from '../helpers/json-lines.js';
import { waitFor } from '../helpers/wait.js';

const bin = join(packageRoot, 'bin', 'fanops-functions-host.js');

export interface SharedHost {
  url: string;
  pid: number;
  dir: string;
  stdout: () => string;
  stderr: () => string;
  /** What the app recorded in RECORD_FILE. */
  records: <T>() => T[];
  /** Sends the signal and resolves when the process is gone; then its files go. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
}

interface Options {
  env?: Record<string, string>;
  args?: string[];
  /** Default: a folder of its own. */
  state?: string;
  record?: string;
}

/** A host that lives as long as the file's tests do: for beforeAll, where `startFixture` cannot be used. */
export async function startShared(
  name: string,
  { env = {}, args = [], state, record }: Options = {},
): Promise<SharedHost> {
  const dir = mkdtempSync(join(tmpdir(), 'fh-'));
  const file = record ?? join(dir, 'record.jsonl');
  const child = spawn(
    process.execPath,
    [bin, '--root', fixture(name), '--state', state ?? join(dir, 'state'), ...args],
    {
      env: { PATH: process.env.PATH ?? '', RECORD_FILE: file, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await exited;
    rmSync(dir, { recursive: true, force: true });
  };
  const url = await waitFor('the ready line', () => {
    if (child.exitCode !== null) throw new Error(`the host ended with ${child.exitCode}: ${stderr}`);
    return /^ready (\S+)$/m.exec(stdout)?.[1];
  });
  return {
    url,
    pid: child.pid!,
    dir,
    stdout: () => stdout,
    stderr: () => stderr,
    records: () => readJsonLines(file),
    stop,
  };
}
