import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AppliedState } from 'fanops-protocol';
import type { RouterState } from '../src/state.js';
import { until } from './helpers.js';

/** A process of the bundle. */
export interface Run {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Resolves with the exit code when the process is gone. */
  ended: Promise<number | null>;
}

export function run(bundle: string, args: string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [bundle, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    text.out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    text.err += String(chunk);
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, out: () => text.out, err: () => text.err, ended };
}

/** Replaces a file as others do: by rename. */
export async function put(dir: string, name: string, content: unknown): Promise<void> {
  const file = join(dir, name);
  await writeFile(`${file}.new`, typeof content === 'string' ? content : JSON.stringify(content));
  await rename(`${file}.new`, file);
}

/** Replaces settings and routes by what a state says. */
export async function putState(dir: string, { routes, ...settings }: RouterState): Promise<void> {
  await mkdir(join(dir, 'routes'), { recursive: true });
  for (const route of routes) await put(join(dir, 'routes'), `${route.service}.json`, route);
  await put(dir, 'router.json', settings);
}

export async function applied(dir: string, holds: (state: AppliedState) => boolean): Promise<AppliedState> {
  return until('applied.json', async () => {
    const text = await readFile(join(dir, 'applied.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 'null';
      throw error;
    });
    const state = JSON.parse(text) as AppliedState | null;
    return state !== null && holds(state) && state;
  });
}

/** A router process on a directory, once it says that it is ready. */
export async function serve(bundle: string, dir: string): Promise<Run & { url: string; state: AppliedState }> {
  const router = run(bundle, ['serve', '--dir', dir]);
  const [message] = (await Promise.race([
    once(router.child, 'message'),
    router.ended.then(() => {
      throw new Error(router.err());
    }),
  ])) as [unknown];
  if (message !== 'ready') throw new Error(`unexpected message ${String(message)}`);
  const state = await applied(dir, ({ pid }) => pid === router.child.pid);
  return { ...router, state, url: `http://127.0.0.1:${state.listen.port}` };
}
