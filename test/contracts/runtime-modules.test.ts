import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { schemaRegistry } from '../../src/context/modules.js';
import { parseFleet } from '../../src/fleet/parse.js';
import { healthOf } from '../../src/kit/health.js';
import { runtimeCode, runtimeModule, RUNTIMES, type RuntimeTable } from '../../src/runtimes/index.js';

/** Files of a smallest app of each runtime. */
const APPS: Record<string, Record<string, string>> = {
  'azure-functions-node': { 'host.json': '{"version":"2.0"}', 'package.json': '{}' },
  web: { 'package.json': '{"scripts":{"start":"node server.js"}}' },
};

async function folderWith(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-runtime-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

const fleetWith = (service: string): string => `
fleet: test
hosts:
  router-1: { address: 192.0.2.1, roles: [router] }
  app-1: { address: 192.0.2.2, roles: [app] }
router: { host: router-1, listen: 8080 }
services:
  m1: { source: ./m1, route: { path: / }, ${service} placements: { vm: { platform: pm2, host: app-1, port: 80 } } }
`;

test('the table has every folder of a runtime, and each module the name of its folder', async () => {
  const folders = globSync('src/runtimes/*/config.ts').map((file) => file.split('/')[2]);
  expect(Object.keys(RUNTIMES).sort()).toEqual(folders.sort());
  expect(Object.keys(APPS).sort()).toEqual(folders.sort());
  for (const name of Object.keys(RUNTIMES)) expect((await runtimeModule(name))?.name).toBe(name);
});

describe.each(Object.keys(RUNTIMES))('runtime %s', (name) => {
  const module = async () => (await runtimeModule(name))!;

  test('finds its own app, and none in an empty folder', async () => {
    const { detect } = await module();
    expect(await detect(await folderWith(APPS[name] ?? {}))).toBe(true);
    expect(await detect(await folderWith({}))).toBe(false);
  });

  test('offers the forms of an app that its code makes', async () => {
    const code = await runtimeCode(name);
    for (const kind of (await module()).offers) expect(Object.keys(code)).toContain(kind);
  });
});

test('a runtime is one folder and one entry: a service with its section is of it, and a platform that cannot run it is refused', async () => {
  const runtime = {
    name: 'toy',
    summary: 'a toy',
    offers: ['image' as const],
    section: ({ z }: typeof import('../../src/fleet/schema-values.js')) => z.strictObject({ wheels: z.int() }),
    health: () => ({ path: '/wheels' }),
    detect: () => Promise.resolve(false),
  };
  const code = { prepare: () => Promise.reject(new Error('unused')), unresolved: () => Promise.resolve([]) };
  const entry = { config: () => Promise.resolve({ runtime }), code: () => Promise.resolve({ code }) };
  const runtimes: RuntimeTable = { ...RUNTIMES, toy: entry };
  const parse = (service: string, table = runtimes) =>
    parseFleet(fleetWith(service), '/f/fanops.yaml', schemaRegistry({ runtimes: table }));
  const refused =
    'services.m1.placements.vm.platform: platform pm2 does not run what is written for runtime toy, as m1 is. ' +
    'It takes: process. The runtime offers: image.';
  await expect(parse('toy: { wheels: 4 },')).rejects.toThrow(refused);
  await expect(parse('runtime: toy,')).rejects.toThrow(refused);
  await expect(parse('toy: { wheels: many },')).rejects.toThrow('services.m1.toy.wheels');
  const process = { ...runtime, offers: ['process' as const] };
  const able = { ...RUNTIMES, toy: { ...entry, config: () => Promise.resolve({ runtime: process }) } };
  const fleet = await parse('toy: { wheels: 4 },', able);
  expect([fleet.runtime('m1').name, healthOf(fleet, 'm1')]).toEqual(['toy', { vm: { path: '/wheels' } }]);
  expect((await parse('', able)).runtime('m1').name).toBe('azure-functions-node');
  await expect(parse('runtime: azure-functions,')).rejects.toThrow('services.m1.runtime');
});
