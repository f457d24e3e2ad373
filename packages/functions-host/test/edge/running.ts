import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { fixture, packageRoot } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';

export interface Running {
  url: string;
  stderr: () => string;
  stateDir: string;
  pid: number;
}

export interface Options {
  args?: string[];
  env?: Record<string, string>;
  /** Written to a file for `--keys`. */
  keys?: object;
}

/** Runs the program on a fixture for all tests of the file. */
export function running(name: string, { args = [], env = {}, keys }: Options = {}): () => Running {
  let host: Running | undefined;
  let stop: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'fh-edge-'));
    if (keys) writeFileSync(join(dir, 'keys.json'), JSON.stringify(keys), { mode: 0o600 });
    const stateDir = join(dir, 'state');
    const argv = [
      '--root',
      fixture(name),
      '--state',
      stateDir,
      ...(keys ? ['--keys', join(dir, 'keys.json')] : []),
      ...args,
    ];
    const child = spawn(process.execPath, [join(packageRoot, 'bin', 'fanops-functions-host.js'), ...argv], {
      env: { PATH: process.env.PATH ?? '', TZ: 'UTC', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    stop = async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    };
    const url = await waitFor('the ready line', () => {
      if (child.exitCode !== null) throw new Error(`the host ended with ${child.exitCode}: ${stderr}`);
      return /^ready (\S+)$/m.exec(stdout)?.[1];
    });
    host = { url, stderr: () => stderr, stateDir, pid: child.pid! };
  });
  afterAll(() => stop());
  return () => host!;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One request without the conveniences of fetch: the path goes out as it is, and every header is the caller's. */
export function ask(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const req = request(
      { host: hostname, port, path, method: options.method ?? 'GET', headers: options.headers, agent: false },
      (res) => {
        let body = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
      },
    );
    req.on('error', reject);
    req.end(options.body);
  });
}
