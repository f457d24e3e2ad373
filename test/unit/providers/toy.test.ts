import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { providerFlags } from '../../../src/context/init-flags.js';
import { schemaRegistry } from '../../../src/context/modules.js';
import { createContext, type Context } from '../../../src/context.js';
import { loadFleet } from '../../../src/fleet/load.js';
import { parseFleet } from '../../../src/fleet/parse.js';
import { everyModule } from '../../../src/fleet/registry.js';
import { fleetJsonSchema } from '../../../src/fleet/shape.js';
import { trustParts } from '../../../src/fleet/trust-parts.js';
import { hostList } from '../../../src/operations/host/list.js';
import { initFleet } from '../../../src/operations/init/init.js';
import { askQuestions } from '../../../src/prompts/init.js';
import type { Instance, InstanceProvider } from '../../../src/providers/contracts/instances.js';
import { defineProvider } from '../../../src/providers/contracts/module.js';
import { PROVIDERS, type ProviderTable } from '../../../src/providers/index.js';
import type { SshEndpoint } from '../../../src/transports/transport.js';
import { startSshd, type Sshd } from '../../helpers/sshd.js';

interface ToyConfig {
  realm: string;
  token?: string;
}

/** A provider as its folder would have it: machines that others run, listed by their names. */
const toyProvider = (machines: () => Record<string, SshEndpoint>) =>
  defineProvider<ToyConfig>({
    name: 'toy',
    summary: 'a machine of the toy cloud',
    traits: { network: 'routed', rootless: false, bootstrap: true, initSystem: true, freeStart: false },
    capabilities: ['instances'],
    hostFields: ['zone'],
    examples: { zone: 'shelf-1' },
    plainSettings: ['realm'],
    endpoints: [],
    questions: [{ key: 'realm', message: 'Realm', description: 'realm of the toy cloud', required: true }],
    config: ({ z }) => z.strictObject({ realm: z.string().min(1), token: z.string().optional() }),
    hostProblems: ({ zone }) =>
      zone === undefined || zone.startsWith('shelf-') ? [] : [{ path: ['zone'], message: `"${zone}" is no shelf` }],
    load: () =>
      Promise.resolve(({ fleet }) => {
        const instance = (name: string): Instance | undefined =>
          machines()[name] && { name, id: name, state: 'running', endpoint: machines()[name], tags: { fleet } };
        const instances: Partial<InstanceProvider> = {
          list: async () => ({ items: Object.keys(machines()).flatMap((name) => instance(name) ?? []), failed: [] }),
          find: async (_fleet, name) => instance(name),
        };
        return { name: 'toy', instances: instances as InstanceProvider };
      }),
  });

let sshd: Sshd;
let dir: string;
let ctx: Context;
const table: ProviderTable = {
  ...PROVIDERS,
  toy: async () => ({ provider: toyProvider(() => ({ 't-1': sshd.endpoint })) }),
};
const registry = schemaRegistry({ providers: table });
const FILE = (host = ''): string =>
  `fleet: toys\nproviders: { toy: { realm: attic, token: 'env:TOKEN' } }\nhosts:\n  t-1: { provider: toy, roles: [app]${host} }\n`;

beforeAll(async () => {
  sshd = await startSshd();
  dir = mkdtempSync(join(tmpdir(), 'toy-'));
  writeFileSync(join(dir, 'fanops.yaml'), FILE(', zone: shelf-2'));
  ctx = createContext({
    cwd: dir,
    env: { HOME: dir, XDG_STATE_HOME: join(dir, 'state') },
    version: '0.0.0',
    listener: () => undefined,
    signal: new AbortController().signal,
    providerTable: table,
  });
});
afterAll(async () => {
  await ctx.dispose();
  await sshd.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('a new provider is one module and one line: the fleet file takes its section and its hosts, and checks them by its rules', async () => {
  expect((await loadFleet(join(dir, 'fanops.yaml'), registry)).traits('t-1').network).toBe('routed');
  const message = (text: string): Promise<unknown> => parseFleet(text, 'f.yaml', registry).catch(String);
  expect(await message(FILE().replace('realm', 'relm'))).toContain('unknown key "relm". Did you mean "realm"?');
  expect(await message(FILE(', zone: floor'))).toContain('hosts.t-1.zone: "floor" is no shelf');
  expect(await message(FILE(', size: big'))).toContain('means nothing for a host of toy');
  expect(await message(FILE().replace('provider: toy', 'provider: local, zone: shelf-1'))).toContain(
    'It is read for: aws, azure, gcp, toy.',
  );
});

test('the JSON Schema for editors names it, with its section', async () => {
  const text = JSON.stringify(fleetJsonSchema(await everyModule(registry)));
  expect(text).toContain('"enum":["local","docker","aws","azure","gcp","toy"]');
  expect(text).toContain('"realm"');
  expect(text).toContain('europe-west1-b of gcp, shelf-1 of toy');
});

test('init offers it, asks its questions and writes its section', async () => {
  const { provider, answers } = await providerFlags(table);
  expect(provider.description).toContain('gcp, toy; existing');
  expect(answers.realm?.description).toBe('realm of the toy cloud');
  const { file } = await initFleet({
    file: join(mkdtempSync(join(dir, 'new-')), 'fanops.yaml'),
    version: '0.1.0',
    schema: '/s.json',
    registry,
    service: false,
    settings: async () => [],
    ask: (questions) => {
      expect(questions.find(({ flag }) => flag === 'provider')?.choices).toContainEqual({
        value: 'toy',
        name: 'a machine of the toy cloud',
      });
      const given = { provider: 'toy', realm: 'attic' };
      return askQuestions(questions, { given, interactive: false, defaults: false });
    },
  });
  expect(readFileSync(file, 'utf8')).toContain('  toy: { realm: attic }');
  expect((await loadFleet(file, registry)).host('app-1').provider).toBe('toy');
});

test('what it says nothing of needs trust, and what it calls plain does not', async () => {
  const paths = trustParts(await ctx.fleet()).map(({ path }) => path);
  expect(paths).toEqual(['providers.toy.token']);
});

test('errors about capabilities name it among those that have one', async () => {
  await expect(ctx.providers.capability('toy', 'pricing')).rejects.toMatchObject({
    code: 'NO_CAPABILITY',
    message: 'The provider toy has no pricing.',
    hint: 'These have: aws, azure, gcp.',
  });
  expect(await ctx.providers.withCapability('instances')).toEqual(['local', 'docker', 'aws', 'azure', 'gcp', 'toy']);
  await expect(ctx.providers.get('toi')).rejects.toThrow('There is no provider "toi".');
});

test('its hosts are listed and reached', async () => {
  const { hosts } = await hostList(ctx);
  expect(hosts).toMatchObject([{ name: 't-1', provider: 'toy', state: 'running', port: sshd.endpoint.port }]);
  const { stdout } = await (await ctx.hosts.transport('t-1')).run({ argv: ['echo', 'hello from the shelf'] });
  expect(String(stdout)).toContain('hello from the shelf');
});
