import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, onTestFinished } from 'vitest';
import { bundle } from '../bundle.mjs';
import type { HolderState } from 'fanops-protocol';
import type { RouterStats } from 'fanops-protocol';
import type { EngineName, Route, RouterSettings } from '../src/state.js';
import { freePort, tempDir } from './helpers.js';
import { put, run } from './process.js';

/** The router's program, bundled once for the tests of a block. @param builtIn false: with its templates in its folder, where a test can change them */
export function sharedBundle(builtIn = true): () => string {
  let router = '';
  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'fanops-router-bundle-'));
    router = await bundle(join(dir, 'router.cjs'), 'cli', { builtIn });
    return () => rm(dir, { recursive: true, force: true });
  });
  return () => router;
}

/** A held router on a directory of the test's own; ended with it. */
export async function held(
  router: string,
  engine: EngineName,
  routes: Route[],
  change: Partial<RouterSettings> = {},
  files: Record<string, string> = {},
) {
  const dir = await tempDir();
  const settings: RouterSettings = {
    engine,
    mark: '1',
    listen: { address: '127.0.0.1', port: await freePort() },
    ...change,
  };
  await mkdir(join(dir, 'routes'), { recursive: true });
  if (engine !== 'embedded')
    await cp(fileURLToPath(new URL(`../../../templates/${engine}`, import.meta.url)), join(dir, 'templates'), {
      recursive: true,
    });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  for (const each of routes) await put(join(dir, 'routes'), `${each.service}.json`, each);
  await put(dir, 'router.json', settings);
  const holder = run(router, ['hold', '--dir', dir]);
  onTestFinished(async () => {
    holder.child.kill('SIGTERM');
    await holder.ended;
  });
  await Promise.race([
    once(holder.child, 'message'),
    holder.ended.then(() => {
      throw new Error(holder.err());
    }),
  ]);
  const cli = async (...args: string[]): Promise<{ code: number | null; out: string; err: string }> => {
    const done = run(router, [...args, '--dir', dir]);
    const code = await done.ended;
    return { code, out: done.out(), err: done.err() };
  };
  return {
    dir,
    settings,
    cli,
    url: `http://127.0.0.1:${settings.listen.port}`,
    change: (more: Partial<RouterSettings>) => put(dir, 'router.json', { ...settings, ...more }),
    holder: async () => JSON.parse(await readFile(join(dir, 'holder.json'), 'utf8')) as HolderState,
    async put(next: Route) {
      await writeFile(join(dir, 'wanted.json'), JSON.stringify(next));
      return cli('put', '--service', next.service, '--file', join(dir, 'wanted.json'));
    },
    stats: async () =>
      JSON.parse((await cli('stats', '--since', new Date(Date.now() - 60_000).toISOString())).out) as RouterStats,
    errors: () => readFile(join(dir, 'nginx/error.log'), 'utf8'),
  };
}
