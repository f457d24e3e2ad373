import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait.js';

export const packageRoot = join(import.meta.dirname, '..', '..');
export const fixture = (name: string): string => join(packageRoot, 'test', 'fixtures', name);
const bin = join(packageRoot, 'bin', 'fanops-functions-host.js');

export interface TestHost {
  url: string;
  stdout: () => string;
  stderr: () => string;
  /** Sends the signal and resolves with the exit code. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  process: ChildProcess;
}

/** An empty folder that goes when the test ends. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'fh-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface Spawned {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  exited: Promise<number | null>;
}

/** Starts the program; it is killed when the test ends. */
export function spawnHost(args: string[], env: Record<string, string> = {}, program = bin): Spawned {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}

interface FixtureOptions {
  args?: string[];
  env?: Record<string, string>;
  program?: string;
}

/** Starts the host on a fixture and waits for its `ready` line. */
export async function startFixture(name: string, options: FixtureOptions = {}): Promise<TestHost> {
  const args = ['--root', fixture(name), '--state', tempDir(), ...(options.args ?? [])];
  const { child, stdout, stderr, exited } = spawnHost(args, options.env, options.program);
  const url = await waitFor('the ready line', () => {
    if (child.exitCode !== null) throw new Error(`the host ended with ${child.exitCode}: ${stderr()}`);
    return /^ready (\S+)$/m.exec(stdout())?.[1];
  });
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return exited;
  };
  return { url, stdout, stderr, stop, process: child };
}
