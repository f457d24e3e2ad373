import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../bundle.mjs';
import type { EngineName, Route, RouterSettings } from '../../src/state.js';
import { freePort } from '../helpers.js';

/** A router with a real engine, for all tests of a block. */
export interface StartedEngine {
  port: number;
  dir: string;
  /** The lines of its access log. */
  log(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a router as on a host: a holder with its engine. @throws {Error} with what it said when it does not start */
export async function startEngine(
  engine: EngineName,
  routes: Route[],
  settings: Partial<RouterSettings> = {},
): Promise<StartedEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-contract-'));
  const router = await bundle(join(dir, 'router.cjs'));
  const port = await freePort();
  await mkdir(join(dir, 'routes'));
  for (const route of routes) await writeFile(join(dir, 'routes', `${route.service}.json`), JSON.stringify(route));
  await writeFile(
    join(dir, 'router.json'),
    JSON.stringify({ engine, mark: '1', listen: { address: '127.0.0.1', port }, ...settings }),
  );
  const child = spawn(process.execPath, [router, 'hold', '--dir', dir], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += String(chunk);
  });
  const ended = once(child, 'exit');
  const [message] = (await Promise.race([once(child, 'message'), ended.then(() => ['ended'])])) as [unknown];
  if (message !== 'ready') throw new Error(`the router did not start (${JSON.stringify(message)}): ${said}`);
  return {
    port,
    dir,
    log: async () => (await readFile(join(dir, 'access.log'), 'utf8')).split('\n').filter((line) => line !== ''),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
