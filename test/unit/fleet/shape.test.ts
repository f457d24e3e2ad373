import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { loadFleet } from '../../../src/fleet/load.js';
import { fleetSchema } from '../../../src/fleet/schema.js';
import { fleetJsonSchema, knownKeys, nodeOf, withoutExtensions } from '../../../src/fleet/shape.js';
import { MODULES, REGISTRY } from '../../helpers/modules.js';

const service = { source: './m1', placements: { vm: { platform: 'pm2', host: 'app-1', port: 3000 } } };
const base = { fleet: 'shop', hosts: { 'app-1': { provider: 'local', roles: ['app'] } } };
const withService = (more: object) => ({ ...base, services: { m1: { ...service, ...more } } });
const withHost = (more: object) => ({ ...base, hosts: { 'app-1': { ...base.hosts['app-1'], ...more } } });

/** Documents, and whether each is a fleet file. */
const DOCUMENTS: [name: string, document: unknown, valid: boolean][] = [
  ['the smallest', base, true],
  ['no hosts at all', { fleet: 'shop', hosts: {} }, true],
  ['empty', {}, false],
  ['a list', [], false],
  ['hosts missing', { fleet: 'shop' }, false],
  ['a name in capitals', { ...base, fleet: 'Shop' }, false],
  ['a name of 40', { ...base, fleet: 'a'.repeat(40) }, true],
  ['a name of 41', { ...base, fleet: 'a'.repeat(41) }, false],
  ['an unknown key', { ...base, hots: {} }, false],
  ['an x- key', { ...base, 'x-team': { a: [1] } }, true],
  ['an x- key in a host', withHost({ 'x-size': 2 }), true],
  ['an unknown provider', withHost({ provider: 'ibm' }), false],
  ['an unknown role', withHost({ roles: ['web'] }), false],
  ['no role', withHost({ roles: [] }), false],
  ['a host key', withHost({ hostKey: 'ssh-ed25519 AAAA' }), true],
  ['a bad host key', withHost({ hostKey: 'AAAA' }), false],
  ['port 65535', withHost({ port: 65_535 }), true],
  ['port 65536', withHost({ port: 65_536 }), false],
  ['port 0', withHost({ port: 0 }), false],
  ['half a port', withHost({ port: 22.5 }), false],
  ['a router', { ...base, router: { host: 'app-1', listen: 80 } }, true],
  ['a router without a port', { ...base, router: { host: 'app-1' } }, false],
  ['an unknown engine', { ...base, router: { host: 'app-1', listen: 80, engine: 'traefik' } }, false],
  ['a service', withService({}), true],
  ['a service without placements', { ...base, services: { m1: { source: '.' } } }, false],
  [
    'a function app',
    withService({ placements: { azure: { platform: 'azure-functions', url: 'https://a.example/x' } } }),
    true,
  ],
  [
    'a function app with a port',
    withService({ placements: { azure: { platform: 'azure-functions', url: 'https://a.example', port: 1 } } }),
    false,
  ],
  [
    'an address with a login',
    withService({ placements: { azure: { platform: 'azure-functions', url: 'https://u:p@a.example' } } }),
    false,
  ],
  ['an unknown platform', withService({ placements: { vm: { platform: 'docker' } } }), false],
  [
    'references and plain settings',
    withService({ settings: { A: 'env:B', C: 'plain' }, keys: 'file:keys.json' }),
    true,
  ],
  ['keys in plain', withService({ keys: 'abc' }), false],
  [
    'a gate',
    withService({
      gate: { maxErrorRate: 0.5, latencyFloor: '250ms', timeout: '1m', maxLatencyRatio: 2, minRequests: 3 },
    }),
    true,
  ],
  ['a gate of nothing', withService({ gate: { maxLatencyRatio: 0 } }), false],
  [
    'parity',
    withService({
      parity: [
        { path: '/a?b=c', method: 'POST', body: { a: 1 }, ignore: ['/at'] },
        { path: '/b', body: 'text' },
      ],
    }),
    true,
  ],
  ['parity with a bad method', withService({ parity: [{ path: '/a', method: 'FETCH' }] }), false],
];

const schema = fleetSchema(MODULES);
const node = nodeOf(schema);
const byEditor = new Ajv2020().compile(fleetJsonSchema(MODULES));

test.each(DOCUMENTS)('parser and JSON Schema agree: %s', (_name, document, valid) => {
  expect(schema.safeParse(withoutExtensions(document, node)).success).toBe(valid);
  expect(byEditor(document), JSON.stringify(byEditor.errors)).toBe(valid);
});

test('known keys at a path; a union is decided by the platform in the file', () => {
  const keys = knownKeys(withService({}), node);
  expect(keys([])).toEqual(expect.arrayContaining(['fleet', 'hosts', 'router', 'services']));
  expect(keys(['services', 'm1', 'placements', 'vm'])).toEqual([
    ...['platform', 'host', 'hosts', 'port', 'instances', 'drain'],
  ]);
  expect(keys(['services', 'm1', 'nothing', 'below'])).toEqual([]);
});

test('extensions go wherever the schema is closed, also in lists; names that a user may choose stay', () => {
  const parity = [{ path: '/a', 'x-note': 'why', headers: { 'x-api-version': '2' } }];
  expect(
    withoutExtensions(
      { 'x-common': {}, fleet: 'f', services: { m1: { 'x-owner': 'ops', source: '.', parity } } },
      node,
    ),
  ).toEqual({
    fleet: 'f',
    services: { m1: { source: '.', parity: [{ path: '/a', headers: { 'x-api-version': '2' } }] } },
  });
});

test('the committed schema is the one of the sources', () => {
  const committed: unknown = JSON.parse(
    readFileSync(new URL('../../../schemas/fleet.schema.json', import.meta.url), 'utf8'),
  );
  expect(committed, 'after a build: node scripts/schemas.mjs').toEqual(
    JSON.parse(JSON.stringify(fleetJsonSchema(MODULES))),
  );
});

test('the sample fleet is a fleet', async () => {
  const sample = await loadFleet(new URL('../../../examples/can2025/fanops.yaml', import.meta.url).pathname, REGISTRY);
  expect(sample.serviceNames()).toContain('m1');
});
