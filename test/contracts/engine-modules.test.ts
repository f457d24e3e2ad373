import { globSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { schemaRegistry } from '../../src/context/modules.js';
import { parseFleet } from '../../src/fleet/parse.js';
import type { OperationContext } from '../../src/kit/context.js';
import { hostCheckStep } from '../../src/kit/host-check.js';
import { engineFolders } from '../../src/kit/own.js';
import { bootstrapSteps } from '../../src/operations/host/bootstrap.js';
import { engineModule, engineModules, ENGINES, type EngineTable } from '../../src/routers/index.js';
import type { EngineModule } from '../../src/routers/contracts/module.js';
import { engineName } from '../../packages/protocol/src/settings.js';
import { hostContext } from '../helpers/host-context.js';

const fleetWith = (router: string): string => `
fleet: test
hosts: { router-1: { address: 192.0.2.1, roles: [router] } }
router: { host: router-1, listen: 8080, ${router} }
`;

test('the table has every folder of an engine, each module the name of its folder, and the program on hosts knows them all', async () => {
  const folders = globSync('src/routers/*/config.ts').map((file) => file.split('/')[2]);
  expect(Object.keys(ENGINES).sort()).toEqual(folders.sort());
  for (const name of Object.keys(ENGINES)) expect((await engineModule(name))?.name).toBe(name);
  expect(engineName.options).toEqual(Object.keys(ENGINES));
});

const engine: EngineModule = {
  name: 'toy',
  summary: 'a toy',
  settings: ['resolver'],
  program: {
    name: 'Toy',
    command: 'toyd',
    package: 'toy-server',
    versions: { range: '>=3', argument: '--version' },
  },
  folder: 'toys',
};
const engines: EngineTable = { ...ENGINES, toy: () => Promise.resolve({ engine }) };
const parse = (router: string) => parseFleet(fleetWith(router), '/f/fanops.yaml', schemaRegistry({ engines }));

test('an engine is one folder and one entry: it takes part in the schema and in checks of settings', async () => {
  expect((await parse('engine: toy, resolver: ["127.0.0.1:53"]')).engine().name).toBe('toy');
  expect((await parse('')).engine().name).toBe('embedded');
  await expect(parse('engine: toys')).rejects.toThrow('router.engine');
  const tls = 'tls: { certificate: a.pem, key: "file:a.key" }';
  await expect(parse(`engine: toy, ${tls}`)).rejects.toThrow('router.tls: needs the engine nginx or haproxy');
  await expect(parse('resolver: ["127.0.0.1:53"]')).rejects.toThrow(
    'router.resolver: needs the engine nginx or haproxy or toy',
  );
});

/** A context whose router has the toy engine, and whose host answers with these facts. */
async function contextOf(facts: Record<string, string>): Promise<{ ctx: OperationContext; asked: string[][] }> {
  const fleet = await parse('engine: toy');
  const { ctx, dispose } = hostContext(fleetWith(''), {});
  onTestFinished(dispose);
  const asked: string[][] = [];
  const all = { home: '/h', node: 'v22.1.0', npm: '10', pm2: '/p', tar: '/t', freeKb: '20000000', ...facts };
  const stdout = Object.entries(all)
    .map((pair) => pair.join('='))
    .join('\n');
  const run = async ({ argv }: { argv: readonly string[] }) => {
    asked.push(argv.slice(3));
    return { code: 0, stdout, stderr: '' };
  };
  const transport = (async () => ({ run })) as unknown as OperationContext['hosts']['transport'];
  return {
    ctx: {
      ...ctx,
      fleet: async () => fleet,
      hosts: { ...ctx.hosts, transport },
      engines: { all: () => engineModules(engines) },
    },
    asked,
  };
}

test.each([
  [{}, 'Host router-1 lacks Toy, the engine of the router.'],
  [
    { program: '/usr/bin/toyd', programVersion: '2.9' },
    'Host router-1 lacks Toy >=3 (it has 2.9), the engine of the router.',
  ],
  [
    { program: '/usr/bin/toyd' },
    'Host router-1 lacks Toy >=3 (it has one that does not say its version), the engine of the router.',
  ],
])('a host is asked for the program of the engine, and told what to install: %j', async (facts, message) => {
  const { ctx, asked } = await contextOf(facts);
  const look = { ctx, input: { host: 'router-1', bytes: 0 }, signal: ctx.signal } as never;
  await expect(hostCheckStep.handler.check!(look, undefined)).rejects.toMatchObject({
    code: 'HOST_LACKS',
    message,
    hint: expect.stringContaining('sudo apt-get install -y toy-server.') as string,
    nextSteps: ['fanops host bootstrap router-1'],
  });
  expect(asked).toEqual([['fanops-facts', 'toyd', '--version']]);
});

test('a bootstrap installs the program of the engine that the router has, and its folder is one of fanops', async () => {
  const { ctx } = await contextOf({ program: '/usr/bin/toyd', programVersion: '3.1.4' });
  const steps = await bootstrapSteps(ctx, 'router-1');
  expect(steps.map(({ title }) => title).filter((title) => title.startsWith('Install '))).toEqual([
    'Install Node',
    'Install PM2',
    'Install Toy',
    'Install security updates by themselves',
  ]);
  expect(await engineFolders(ctx)).toEqual(['nginx', 'haproxy', 'toys']);
  const look = { ctx, input: { host: 'router-1', bytes: 0 }, signal: ctx.signal } as never;
  expect(await hostCheckStep.handler.check!(look, undefined)).toMatchObject({ state: 'done' });
});
