import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { schemaRegistry } from '../../../src/context/modules.js';
import { loadFleet } from '../../../src/fleet/load.js';
import { RUNTIMES, type RuntimeTable } from '../../../src/runtimes/index.js';

const FLEET = `
fleet: f
hosts: { app-1: { address: 192.0.2.2, roles: [app] } }
services: { m1: { source: ./m1, placements: { there: { platform: external, url: "http://192.0.2.9" } } } }
`;

test('a service that names no runtime is of the one whose app its source is, now as after a change of the source', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-detect-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const runtime = {
    name: 'toy',
    summary: 'a toy',
    offers: ['image' as const],
    detect: async (folder: string) => existsSync(join(folder, 'toy.txt')),
  };
  const code = { prepare: () => Promise.reject(new Error('unused')), unresolved: () => Promise.resolve([]) };
  const toy = { config: () => Promise.resolve({ runtime }), code: () => Promise.resolve({ code }) };
  const runtimes: RuntimeTable = { 'azure-functions-node': RUNTIMES['azure-functions-node']!, toy };
  const file = join(dir, 'fanops.yaml');
  await writeFile(file, FLEET);
  const found = async () => (await loadFleet(file, schemaRegistry({ runtimes }))).runtime('m1').name;
  // Nothing is there yet: the first of the table, as before there were others.
  expect(await found()).toBe('azure-functions-node');
  await mkdir(join(dir, 'm1'));
  await mkdir(join(dir, '.fanops'));
  await writeFile(join(dir, 'm1/toy.txt'), '');
  expect(await found()).toBe('toy');
  // Read anew, and from the cache, which keeps what the file says only.
  const [cached = ''] = await readdir(join(dir, '.fanops/cache'));
  expect(await readFile(join(dir, '.fanops/cache', cached), 'utf8')).not.toContain('toy');
  expect(await found()).toBe('toy');
  await writeFile(join(dir, 'm1/host.json'), '{}');
  expect(await found()).toBe('azure-functions-node');
});
