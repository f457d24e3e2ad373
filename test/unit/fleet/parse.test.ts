import { expect, test } from 'vitest';
import { UserError } from '../../../src/core/errors.js';
import { parseFleet } from '../../helpers/modules.js';

const GOOD = `fleet: shop
hosts:
  app-1: { provider: local, roles: [app] }
  router-1: { provider: local, roles: [router] }
router: { host: router-1, listen: 8080 }
services:
  m1:
    source: ./m1
    route: { path: /api }
    placements:
      azure: { platform: azure-functions, url: "https://m1.example" }
      vm: { platform: pm2, host: app-1, port: 3000 }
`;

/** The problems of a text, one a line, without the file's name. */
function problems(text: string): string[] {
  try {
    parseFleet(text, '/f/fanops.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(2);
    expect((error as UserError).code).toBe('FLEET_FILE');
    return (error as UserError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace('/f/fanops.yaml:', ''));
  }
  return [];
}

test('a good file has none', () => {
  expect(problems(GOOD)).toEqual([]);
  const fleet = parseFleet(GOOD, '/f/fanops.yaml');
  expect([fleet.name, fleet.dir, fleet.file, fleet.hash.length]).toEqual(['shop', '/f', '/f/fanops.yaml', 64]);
});

/** Part of the good text, what it is replaced by, and how each problem begins that is told of it. */
const BAD: [name: string, from: string, to: string, ...told: string[]][] = [
  [
    'unknown key with a near one',
    'source: ./m1',
    'sorce: ./m1',
    '8:5 services.m1.source: ',
    '8:5 services.m1.sorce: unknown key "sorce". Did you mean "source"?',
  ],
  [
    'unknown key with none near',
    '    source',
    '    colour: red\n    source',
    '8:5 services.m1.colour: unknown key "colour". Known keys: source, runtime, web, route, ',
  ],
  [
    'unknown key at the top',
    'fleet: shop',
    'fleet: shop\nservicess: {}',
    '2:1 servicess: unknown key "servicess". Did you mean "services"?',
  ],
  [
    'unknown key of a platform, by that platform',
    'port: 3000',
    'port: 3000, url: x',
    '12:53 services.m1.placements.vm.url: unknown key "url". Known keys: platform, host, hosts, port, instances, drain.',
  ],
  ['unknown platform', 'platform: pm2', 'platform: pm3', '12:23 services.m1.placements.vm.platform: '],
  ['unknown provider', 'app-1: { provider: local', 'app-1: { provider: locl', '3:22 hosts.app-1.provider: '],
  ['bad name of a host', '  app-1: {', '  App_1: {', '3:'],
  ['port out of range', 'listen: 8080', 'listen: 80800', '5:35 router.listen: '],
  ['port that is text', 'port: 3000', 'port: "3000"', '12:47 services.m1.placements.vm.port: '],
  ['no roles', 'roles: [app]', 'roles: []', '3:36 hosts.app-1.roles: '],
  ['path without a slash', 'path: /api', 'path: api', '9:20 services.m1.route.path: a path that starts with /.'],
  [
    'address with a credential',
    'https://m1.example',
    'https://a:b@m1.example',
    '11:48 services.m1.placements.azure.url: an http or https address without credentials.',
  ],
  ['no fleet name', 'fleet: shop\n', '', '1:1 fleet: '],
  [
    'host that does not exist',
    'host: app-1',
    'host: app-2',
    '12:34 services.m1.placements.vm.host: there is no host "app-2". Did you mean "app-1"?',
  ],
  [
    'host that is far from any',
    'host: app-1',
    'host: database',
    '12:34 services.m1.placements.vm.host: there is no host "database". There is: app-1, router-1.',
  ],
  [
    'host without the role',
    'host: app-1',
    'host: router-1',
    '12:34 services.m1.placements.vm.host: host router-1 has not the role app.',
  ],
  [
    'router on a host without the role',
    'host: router-1',
    'host: app-1',
    '5:17 router.host: host app-1 has not the role router.',
  ],
  [
    'host with neither provider nor address',
    'app-1: { provider: local, ',
    'app-1: { ',
    '3:10 hosts.app-1: needs a provider or an address.',
  ],
  [
    'host with both',
    'app-1: { provider: local,',
    'app-1: { provider: local, address: h,',
    '3:38 hosts.app-1.address: the provider local gives the address.',
  ],
  ['reserved name', '  m1:', '  status:', '8:5 services.status: "status" is a word of fanops. Choose another name.'],
  ...['fanops-router', 'm1--trial'].map((name): [string, string, string, string] => [
    `name of a process of fanops: ${name}`,
    '  m1:',
    `  ${name}:`,
    `8:5 services.${name}: "${name}" is the name of a process that fanops itself runs under PM2. Choose another name.`,
  ]),
  [
    'first placement that does not exist',
    '    route',
    '    placement: vmm\n    route',
    '9:16 services.m1.placement: there is no placement "vmm". Did you mean "vm"?',
  ],
  [
    'port that the router has',
    'port: 3000',
    'port: 8080',
    '12:47 services.m1.placements.vm.port: port 8080 is taken by the router.',
  ],
  [
    'one host and a list of hosts',
    'host: app-1, port: 3000',
    'host: app-1, hosts: [app-1], port: 3000',
    '12:11 services.m1.placements.vm: needs a host, or a list of hosts. Write `host: NAME` or `hosts: [NAME, NAME]`.',
  ],
  [
    'no host and no list of hosts',
    'host: app-1, port: 3000',
    'port: 3000',
    '12:11 services.m1.placements.vm: needs a host, or a list of hosts.',
  ],
  [
    'host that is listed twice',
    'host: app-1, port: 3000',
    'hosts: [app-1, { host: app-1, port: 3001 }], port: 3000',
    '12:43 services.m1.placements.vm.hosts.1: host app-1 is listed already.',
    '12:64 services.m1.placements.vm.hosts.1.port: port 3001 is taken by m1 (vm).',
  ],
  [
    'credential by value',
    '    route',
    '    settings: { STORE: "DefaultEndpointsProtocol=https;AccountKey=abc==" }\n    route',
    '9:24 services.m1.settings.STORE: the value holds a credential. Write a reference instead: env:STORE, file:PATH or cmd:COMMAND.',
  ],
  [
    'credential by name',
    '    route',
    '    settings: { dbPassword: hunter2 }\n    route',
    '9:29 services.m1.settings.dbPassword: the name says that the value is a secret. Write a reference instead: env:DBPASSWORD, file:PATH or cmd:COMMAND.',
  ],
  [
    'keys that are no reference',
    '    route',
    '    keys: abc\n    route',
    '9:11 services.m1.keys: a reference: env:NAME, file:PATH or cmd:COMMAND.',
  ],
  [
    'range of ports the wrong way round',
    'fleet: shop',
    'fleet: shop\nproviders: { local: { ports: 5-4 } }',
    '2:30 providers.local.ports: is no range of ports. Write two ports from 1 to 65535, the smaller first.',
  ],
  ['duration without a unit', '    route', '    gate: { timeout: 60 }\n    route', '9:22 services.m1.gate.timeout: '],
];

test.each(BAD)('%s', (_name, from, to, ...told) => {
  const text = GOOD.replace(from, to);
  expect(text).not.toBe(GOOD);
  const found = problems(text);
  expect(found).toHaveLength(told.length);
  for (const [index, line] of told.entries()) expect(found[index]?.slice(0, line.length)).toBe(line);
});

test('all problems come at once', () => {
  const text = GOOD.replace('listen: 8080', 'listen: 0')
    .replace('path: /api', 'path: api')
    .replace('source:', 'sorce:');
  expect(problems(text)).toHaveLength(4);
  expect(() => parseFleet(text, 'f')).toThrow('The fleet file has 4 problems:');
});

test('two services on one route, and two on one port of one machine', () => {
  const second = GOOD.slice(GOOD.indexOf('  m1:')).replace('m1:', 'm2:');
  expect(problems(GOOD + second)).toEqual([
    '15:12 services.m2.route: m1 has the same route.',
    '18:47 services.m2.placements.vm.port: port 3000 is taken by m1 (vm).',
  ]);
  expect(problems(GOOD + second.replace('/api', '/api/').replace('3000', '3001'))).toEqual([
    '15:12 services.m2.route: m1 has the same route.',
  ]);
  expect(
    problems(GOOD + second.replace('{ path: /api }', '{ path: /api, host: b.example }').replace('3000', '3001')),
  ).toEqual([]);
});

test.each([
  ['a tab', 'fleet: shop\nhosts:\n\tapp: 1\n', 'fanops.yaml:3:1 is no valid YAML'],
  ['a key twice', 'fleet: shop\nfleet: again\n', 'fanops.yaml:2:1 is no valid YAML'],
  ['an open bracket', 'fleet: shop\nhosts: { app-1: [\n', 'is no valid YAML'],
])('broken YAML: %s', (_name, text, message) => {
  expect(() => parseFleet(text, '/f/fanops.yaml')).toThrow(message);
});

test.each(['', '# nothing\n', '[]', 'text', '42', 'null'])('no map at all: %j', (text) => {
  expect(() => parseFleet(text, '/f/fanops.yaml')).toThrow(UserError);
});

test("keys that start with x- are the user's own, at the top and below", () => {
  const text = GOOD.replace('fleet: shop', 'x-team: { any: [1] }\nfleet: shop')
    .replace('    source', '    x-owner: ada\n    source')
    .replace('roles: [app] }', 'roles: [app], x-size: 2 }');
  expect(problems(text)).toEqual([]);
  expect(JSON.stringify(parseFleet(text, 'f').config)).not.toContain('x-');
});

test('two placements of a service on one host are refused: the host runs it once', () => {
  expect(problems(`${GOOD}      vm2: { platform: pm2, host: app-1, port: 3001 }\n`)).toEqual([
    '13:35 services.m1.placements.vm2.host: m1 runs on app-1 in placement vm already. A host runs a service once. A changed port is moved by `fanops deploy`.',
  ]);
});
