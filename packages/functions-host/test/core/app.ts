import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll } from 'vitest';
import { waitFor } from '../helpers/wait.js';
import { packageRoot } from '../helpers/host.js';

export type Files = Record<string, string | object>;

const bundle = join(packageRoot, 'dist', 'bundle', 'functions-host.cjs');
const modules = join(packageRoot, '..', '..', 'node_modules');

/** What the tests of this file made. `afterAll` counts only where a file is read, not inside a test: so there is one, here. */
const made: { folders: string[]; running: { child: ChildProcess; exited: Promise<number | null> }[] } = {
  folders: [],
  running: [],
};
afterAll(async () => {
  for (const { child } of made.running) child.kill('SIGKILL');
  await Promise.all(made.running.map(({ exited }) => exited));
  for (const dir of made.folders) rmSync(dir, { recursive: true, force: true });
});

/** A folder that goes when the file's tests are over. */
export function scratch(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'fh-core-')));
  made.folders.push(dir);
  return dir;
}

/**
 * Writes files (objects as JSON) below `dir`; host.json and package.json are added. `library` is linked as the app's `@azure/functions`.
 */
export function writeApp(dir: string, files: Files, library?: '@azure/functions' | '@azure/functions-v40'): string {
  const all: Files = { 'host.json': { version: '2.0' }, 'package.json': { name: 'core-app' }, ...files };
  for (const [name, content] of Object.entries(all)) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  if (library) {
    mkdirSync(join(dir, 'node_modules', '@azure'), { recursive: true });
    symlinkSync(join(modules, library), join(dir, 'node_modules', '@azure', 'functions'));
  }
  return dir;
}

/** An app in a folder of its own, with the current `@azure/functions`. */
export const makeApp = (files: Files, library: Parameters<typeof writeApp>[2] = '@azure/functions'): string =>
  writeApp(scratch(), files, library);

export interface LogLine {
  level: string;
  category: string;
  message: string;
  function?: string;
  invocationId?: string;
}

export interface RunningApp {
  url: string;
  get: (path: string, init?: RequestInit) => Promise<Response>;
  log: () => LogLine[];
  /** What was written to standard error, also what is no log line. */
  stderr: () => string;
  stdout: () => string;
  child: ChildProcess;
  exited: Promise<number | null>;
}

/** Starts the built program on a folder; it ends with the tests of the file. Resolves when it is ready or has ended. */
export async function run(root: string, env: Record<string, string> = {}, args: string[] = []): Promise<RunningApp> {
  const child = spawn(process.execPath, [bundle, '--root', root, '--state', scratch(), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  made.running.push({ child, exited });
  const ready = await waitFor(
    'the ready line or the end',
    () => /^ready (\S+)$/m.exec(stdout)?.[1] ?? (child.exitCode === null ? undefined : 'ended'),
  );
  const url = ready === 'ended' ? '' : ready;
  const log = (): LogLine[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  return {
    url,
    get: (path, init) => fetch(url + path, init),
    log,
    stderr: () => stderr,
    stdout: () => stdout,
    child,
    exited,
  };
}

/** Waits for a log line whose message holds `text`. */
export const logged = (app: RunningApp, text: string): Promise<LogLine> =>
  waitFor(`a log line with "${text}"`, () => app.log().find(({ message }) => message.includes(text)));
