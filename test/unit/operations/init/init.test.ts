import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadFleet } from '../../../../src/fleet/load.js';
import { asName, findApps } from '../../../../src/operations/init/apps.js';
import { initFleet, initHost, initService } from '../../../../src/operations/init/init.js';
import type { Answers } from '../../../../src/operations/init/questions.js';
import { askQuestions } from '../../../../src/prompts/init.js';
import { REGISTRY } from '../../../helpers/modules.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shop-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function app(path: string, host: object = {}): void {
  mkdirSync(join(dir, path), { recursive: true });
  writeFileSync(join(dir, path, 'host.json'), JSON.stringify(host));
}

/** What `fanops init` does without a terminal, with these flags. */
const init = (given: Answers, settings: string[] = [], file = join(dir, 'fanops.yaml')) =>
  initFleet({
    file,
    registry: REGISTRY,
    version: '0.3.1',
    schema: '/opt/fanops/schemas/fleet.schema.json',
    service: given.service !== undefined || given.url !== undefined,
    ask: (questions) => askQuestions(questions, { given, interactive: false, defaults: false }),
    settings: async () => settings,
  });

test('defaults alone make a fleet with a local host and a router', async () => {
  const result = await init({});
  const { config } = await loadFleet(result.file, REGISTRY);
  expect(config).toEqual({
    fleet: basename(dir).toLowerCase(),
    fanops: '>=0.3',
    hosts: { 'app-1': { provider: 'local', roles: ['app', 'router'] } },
    router: { host: 'app-1', listen: 8080 },
    services: {},
  });
});

test('the only app below becomes the service; the text explains every section', async () => {
  app('apps/Flow Service', { extensions: { http: { routePrefix: 'api/flow' } } });
  app('node_modules/thing');
  const result = await init({ name: 'shop', url: 'https://m1.azurewebsites.net' }, ['AzureWebJobsStorage=env:STORAGE']);
  expect(result).toEqual({
    file: join(dir, 'fanops.yaml'),
    created: true,
    fleet: 'shop',
    hosts: ['app-1'],
    services: ['flow-service'],
    router: true,
  });
  expect(readFileSync(result.file, 'utf8')).toBe(`# yaml-language-server: $schema=/opt/fanops/schemas/fleet.schema.json
# Name of the fleet.
fleet: shop
# Versions of fanops that may act on it.
fanops: ">=0.3"

# Machines that are reached by SSH. A \`provider\` (local, docker, aws, azure, gcp) makes one; \`address\` names a machine that exists.
hosts:
  app-1: { provider: local, roles: [app, router] }

# What users' requests reach first. It splits the traffic of a service between its placements.
router:
  host: app-1
  listen: 8080

# What answers requests or works in the background.
services:
  flow-service:
    # Folder of the app, relative to this file.
    source: ./apps/Flow Service
    # What the router sends to it.
    route: { path: /api/flow }
    # App settings. Secrets stand here as references only: env:NAME, file:PATH or cmd:COMMAND.
    settings:
      AzureWebJobsStorage: env:STORAGE
    # The ways it can run. The first is where it is before its first migration.
    placements:
      azure: { platform: azure-functions, url: https://m1.azurewebsites.net }
      vm: { platform: pm2, host: app-1, port: 3000 }
    # Requests that both sides must answer alike before a user is moved.
    # parity:
    #   - path: /api/flow/...
`);
  expect((await loadFleet(result.file, REGISTRY)).serviceNames()).toEqual(['flow-service']);
});

test('a machine that exists, and no router', async () => {
  const { file } = await init({
    provider: 'existing',
    address: 'ada@[fd00::7]:2222',
    'router-port': 'none',
    host: 'vm',
  });
  const { config } = await loadFleet(file, REGISTRY);
  expect(config.hosts).toEqual({ vm: { address: 'fd00::7', user: 'ada', port: 2222, roles: ['app'] } });
  expect(config.router).toBeUndefined();
});

test.each([
  [{ provider: 'docker' }, { provider: 'docker' }, undefined],
  [{ provider: 'aws' }, { provider: 'aws' }, undefined],
  [{ provider: 'aws', region: 'eu-west-1' }, { provider: 'aws' }, { aws: { region: 'eu-west-1' } }],
  [
    { provider: 'azure', subscription: 's-1', location: 'westeurope' },
    { provider: 'azure' },
    { azure: { subscription: 's-1', location: 'westeurope' } },
  ],
  [
    { provider: 'gcp', project: 'p-1', zone: 'europe-west1-b' },
    { provider: 'gcp' },
    { gcp: { project: 'p-1', zone: 'europe-west1-b' } },
  ],
])('a host of a provider: %j', async (given, host, providers) => {
  const { config } = await loadFleet((await init(given)).file, REGISTRY);
  expect(config.hosts['app-1']).toEqual({ ...host, roles: ['app', 'router'] });
  expect(config.providers).toEqual(providers);
});

test('what a provider must know is asked once, and given with the host', async () => {
  await expect(init({ provider: 'azure' })).rejects.toThrow('Missing: --subscription, --location.');
  await expect(init({ provider: 'gcp', project: 'p-1', zone: 'europe-west1' })).rejects.toThrow(
    '--zone: "europe-west1" will not do.',
  );
  await expect(init({ provider: 'vmware' })).rejects.toThrow('--provider: "vmware" will not do.');
  const { file } = await init({});
  const add = (given: Answers) =>
    initHost({
      file,
      registry: REGISTRY,
      ask: (questions) => askQuestions(questions, { given, interactive: false, defaults: false }),
    });
  await expect(add({ provider: 'gcp' })).rejects.toThrow('Missing: --project, --zone.');
  await add({ provider: 'gcp', project: 'p-1', zone: 'europe-west1-b' });
  await add({ provider: 'gcp' });
  const { config } = await loadFleet(file, REGISTRY);
  expect(Object.entries(config.hosts).map(([name, { provider }]) => [name, provider])).toEqual([
    ['app-1', 'local'],
    ['app-2', 'gcp'],
    ['app-3', 'gcp'],
  ]);
  expect(config.providers).toEqual({ gcp: { project: 'p-1', zone: 'europe-west1-b' } });
});

test('everything that is missing is listed at once', async () => {
  app('a');
  app('b');
  await expect(init({ service: 'm1' })).rejects.toThrow('Missing: --source, --url.');
  await expect(init({ source: './a' })).rejects.toThrow('Missing: --url.');
  expect(await findApps(dir)).toHaveLength(2);
});

test('bad values name their flag, and nothing is written', async () => {
  await expect(init({ name: 'Shop!' })).rejects.toThrow('--name: "Shop!" will not do.');
  await expect(init({ 'router-port': '99999' })).rejects.toThrow('--router-port: "99999" will not do.');
  await expect(init({ service: 'status', source: './a', url: 'http://h' })).rejects.toThrow(
    'was not written. The fleet file has a problem:\n  services.status: "status" is a word of fanops.',
  );
  await expect(init({ source: './a', url: 'http://h' }, ['KEY=AccountKey=abc'])).rejects.toThrow(
    'the value holds a credential',
  );
  await expect(init({ source: './a', url: 'http://h', route: 'api' })).rejects.toThrow('--route: "api" will not do.');
  await expect(init({ source: './a', url: 'http://h', port: '8080' })).rejects.toThrow(
    'port 8080 is taken by the router',
  );
  await expect(loadFleet(join(dir, 'fanops.yaml'), REGISTRY)).rejects.toThrow('cannot be read');
});

test('awkward values are quoted so that they come back', async () => {
  const source = "./it's: a #folder";
  app(source);
  const { file } = await init({ source, url: 'http://h/a?b', service: 'a' }, [
    'A=cmd:printf "%s" \'x: y # z\'',
    'B=true',
  ]);
  const service = (await loadFleet(file, REGISTRY)).service('a');
  expect(service.source).toBe(source);
  expect(service.settings).toEqual({ A: 'cmd:printf "%s" \'x: y # z\'', B: 'true' });
});

test('a file that is there is not written over', async () => {
  const { file } = await init({});
  const before = readFileSync(file, 'utf8');
  await expect(init({ name: 'other' })).rejects.toThrow('is there already.');
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('a host and a service are added to it', async () => {
  app('m1', { extensions: { http: { routePrefix: '' } } });
  const { file } = await init({ source: '', 'router-port': '8080' });
  const ask = (given: Answers) => (questions: Parameters<typeof askQuestions>[0]) =>
    askQuestions(questions, { given, interactive: false, defaults: true });
  expect(await initHost({ file, registry: REGISTRY, ask: ask({}) })).toMatchObject({
    created: false,
    hosts: ['app-2'],
    services: [],
  });
  await expect(initHost({ file, registry: REGISTRY, ask: ask({ host: 'app-1' }) })).rejects.toThrow(
    '--host: "app-1" will not do.',
  );
  const added = await initService({
    file,
    registry: REGISTRY,
    service: true,
    settings: async () => [],
    ask: ask({ url: 'http://h', host: 'app-2' }),
  });
  expect(added).toMatchObject({ services: ['m1'], router: true });
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('# Machines that are reached by SSH.');
  expect((await loadFleet(file, REGISTRY)).service('m1')).toMatchObject({
    source: './m1',
    route: { path: '/' },
    placements: { vm: { host: 'app-2', port: 3000 } },
  });
  app('m2', { extensions: { http: { routePrefix: '' } } });
  await initService({
    file,
    registry: REGISTRY,
    service: true,
    settings: async () => [],
    ask: ask({ url: 'http://h', host: 'app-1' }),
  });
  expect((await loadFleet(file, REGISTRY)).service('m2')).toMatchObject({
    source: './m2',
    route: { path: '/m2' },
    placements: { vm: { host: 'app-1', port: 3001 } },
  });
  await expect(
    initService({
      file,
      registry: REGISTRY,
      service: true,
      settings: async () => [],
      ask: ask({ url: 'http://h', host: 'nope', source: './x' }),
    }),
  ).rejects.toThrow('--host: "nope" will not do.');
});

test.each([
  ['Flow Service', 'flow-service'],
  ['2025-cup', 'cup'],
  ['été', 't'],
  ['!!', 'app'],
  ['x'.repeat(60), 'x'.repeat(40)],
])('%s is named %s', (text, name) => {
  expect(asName(text, 'app')).toBe(name);
});
