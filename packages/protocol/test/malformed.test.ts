import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as protocol from '../src/index.js';
import { decode, MalformedError, parseRoute, type Schema } from '../src/index.js';

const AT = '2026-11-21T00:00:00.000Z';
const LISTEN = { address: '127.0.0.1', port: 8080 };
const PLACEMENT = { name: 'vm', url: 'http://10.0.0.4:3000', weight: 100 };
const TARGETS = [
  { name: 'app-1', url: PLACEMENT.url },
  {
    name: 'app-2',
    url: 'https://10.0.0.5',
    serverName: 'm1.internal',
    verify: false,
    trusted: 'ca/m1.pem',
    down: true,
  },
];
const ROUTE = { service: 'm1', version: 1, fence: 1, path: '/api', placements: [PLACEMENT] };
const PROBE = { service: 'm1', placement: 'vm', request: 'GET http://10.0.0.4:3000/', ok: true };
const FIGURES = { requests: 1, errors: 0, clientErrors: 0, latencyMs: null };

/** By schema: a value that it takes, changes that make it none, and the place that is then named. */
const CASES: Record<string, [schema: Schema<unknown>, good: object, bad: [change: object, path: string][]]> = {
  route: [
    protocol.route,
    ROUTE,
    [
      [{ path: 'api' }, 'path'],
      [{ fence: -1 }, 'fence'],
      [{ placements: [] }, 'placements'],
      [{ placements: [{ ...PLACEMENT, weight: '100' }] }, 'placements.0.weight'],
      [{ placements: [{ ...PLACEMENT, zone: 'a' }] }, 'placements.0'],
      [{ placements: [PLACEMENT, PLACEMENT] }, 'placements.1.name'],
      [{ health: { vm: { path: 'x' } } }, 'health.vm.path'],
    ],
  ],
  'route with targets': [
    protocol.route,
    { ...ROUTE, placements: [{ ...PLACEMENT, targets: TARGETS }] },
    [
      [{ placements: [{ ...PLACEMENT, targets: [] }] }, 'placements.0.targets'],
      [{ placements: [{ ...PLACEMENT, targets: [TARGETS[1]] }] }, 'placements.0.url'],
      [{ placements: [{ ...PLACEMENT, targets: [TARGETS[0], TARGETS[0]] }] }, 'placements.0.targets.1.name'],
      [{ placements: [{ ...PLACEMENT, targets: [{ ...TARGETS[0], down: true }] }] }, 'placements.0.targets'],
      [{ placements: [{ ...PLACEMENT, targets: [{ ...TARGETS[0], zone: 'a' }] }] }, 'placements.0.targets.0'],
      [{ placements: [{ ...PLACEMENT, targets: [{ ...TARGETS[0], name: 'app 1' }] }] }, 'placements.0.targets.0.name'],
      [{ placements: [{ ...PLACEMENT, targets: [{ ...TARGETS[0], url: 'app-1' }] }] }, 'placements.0.targets.0.url'],
    ],
  ],
  recordedRoute: [
    protocol.recordedRoute,
    { ...ROUTE, placement: 'vm', run: 'R1', at: AT },
    [
      [{ placement: undefined }, 'placement'],
      [{ placements: [{ ...PLACEMENT, url: 'ftp://10.0.0.4' }] }, 'placements.0.url'],
    ],
  ],
  routerSettings: [
    protocol.routerSettings,
    { listen: LISTEN },
    [
      [{ listen: { ...LISTEN, address: 'here' } }, 'listen.address'],
      [{ engine: 'apache' }, 'engine'],
      [{ timeouts: { bodyMs: 1 } }, 'timeouts.bodyMs'],
      [{ trustedProxies: ['10.0.0.0/64'] }, 'trustedProxies.0'],
    ],
  ],
  recordedSettings: [protocol.recordedSettings, { listen: LISTEN, engine: 'later' }, [[{ listen: 8080 }, 'listen']]],
  appliedState: [
    protocol.appliedState,
    { pid: 1, at: AT, listen: LISTEN, routes: { m1: { version: 1, fence: 1 } }, errors: {} },
    [
      [{ routes: { m1: 1 } }, 'routes.m1'],
      [{ errors: undefined }, 'errors'],
    ],
  ],
  holderState: [
    protocol.holderState,
    { pid: 1, enginePid: 2, engine: 'nginx', listen: LISTEN, program: 'abc' },
    [[{ enginePid: 'two' }, 'enginePid']],
  ],
  routerStats: [
    protocol.routerStats,
    { until: AT, complete: true, services: { m1: { placements: { vm: FIGURES } } } },
    [
      [{ complete: 'yes' }, 'complete'],
      [{ services: { m1: { placements: { vm: { ...FIGURES, errors: null } } } } }, 'services.m1.placements.vm.errors'],
    ],
  ],
  logMark: [protocol.logMark, { position: '0:', time: AT }, [[{ position: '' }, 'position']]],
  probeReply: [
    protocol.probeReply,
    { probes: [PROBE] },
    [
      [{ probes: [{ ...PROBE, ok: 'no' }] }, 'probes.0.ok'],
      [{ probes: [{ ...PROBE, error: { kind: 'odd', code: 'X' } }] }, 'probes.0.error.kind'],
    ],
  ],
  putReply: [protocol.putReply, { version: 1 }, [[{ version: 'one' }, 'version']]],
  trialQuestion: [
    protocol.trialQuestion,
    { route: { service: 'm1', path: '/', placements: [PLACEMENT] }, placement: 'vm', tls: false },
    [[{ route: { service: 'm1', path: '/', placements: [] } }, 'route.placements']],
  ],
  trialReport: [protocol.trialReport, { ok: true, seen: 'health 200', log: [] }, [[{ log: 'text' }, 'log']]],
  health: [
    protocol.health,
    { status: 'ok', app: 'm1', functions: [], pid: 1, startedAt: AT, version: '0.1.0' },
    [[{ status: 'fine' }, 'status']],
  ],
  healthAnswer: [protocol.healthAnswer, { status: 200, body: '{}' }, [[{ status: '200' }, 'status']]],
  shutdown: [
    protocol.shutdown,
    { pid: 1, startedAt: AT, deadlineMs: 1, underWay: 0 },
    [[{ underWay: -1 }, 'underWay']],
  ],
  analysis: [
    protocol.analysis,
    {
      app: { name: 'm1', model: 'v4', main: null },
      ...{ functions: [], routes: [], settings: [], findings: [], loadErrors: [] },
    },
    [[{ findings: [{ id: 'x', severity: 'bad', message: '' }] }, 'findings.0.severity']],
  ],
  serviceRecord: [
    protocol.serviceRecord,
    { service: 'm1', release: 'r1', background: true, port: 3000, run: 'R1', at: AT },
    [
      [{ port: '3000' }, 'port'],
      [{ background: undefined }, 'background'],
    ],
  ],
  placementRecord: [
    protocol.placementRecord,
    { service: 'worker', placement: 'vm', previous: 'azure', version: 2, run: 'R1', at: AT },
    [
      [{ placement: undefined }, 'placement'],
      [{ version: -1 }, 'version'],
      [{ previous: 1 }, 'previous'],
    ],
  ],
  releaseArguments: [protocol.releaseArguments, { instances: 1, keys: false }, [[{ instances: 0 }, 'instances']]],
  ecosystemFile: [
    protocol.ecosystemFile,
    { apps: [{ args: ['--port', '1'], instances: 1, env: {} }] },
    [[{ apps: [] }, 'apps']],
  ],
};

test.each(Object.entries(CASES))(
  '%s takes what is good, and names the place of what is not',
  (_name, [schema, good, bad]) => {
    expect(decode(schema, JSON.stringify(good))).toEqual(good);
    for (const [change, path] of bad) {
      const text = JSON.stringify({ ...good, ...change });
      expect(() => decode(schema, text), text).toThrow(MalformedError);
      try {
        decode(schema, text);
      } catch (error) {
        expect((error as MalformedError).path, text).toBe(path);
        expect((error as MalformedError).reason, text).not.toBe('');
      }
    }
    for (const text of ['', 'null', '[]', '42', '"text"', '<html>', '{'])
      expect(() => decode(schema, text), text).toThrow(MalformedError);
  },
);

test('lists of PM2, and words of the watchdog, are taken for nothing else', () => {
  expect(() => decode(protocol.pm2Processes, '[{"pid":1}]')).toThrow('0.name');
  expect(() => decode(protocol.pm2Apps, '{}')).toThrow(MalformedError);
  expect(() => decode(protocol.watchdogLease, '"asleep"')).toThrow(MalformedError);
  expect(() => decode(protocol.watchdogEnd, '"gone"')).toThrow(MalformedError);
});

test('no schema is left without a case here', () => {
  const others = ['pm2Processes', 'pm2Apps', 'watchdogLease', 'watchdogEnd'];
  const parts = [
    'appliedReply',
    'engineName',
    'listenAddress',
    'probe',
    'recordedListen',
    'recordedTimeouts',
    'timeoutSettings',
  ];
  const schemas = Object.entries(protocol)
    .filter(([, value]) => typeof value === 'object' && value !== null && 'safeParse' in value)
    .map(([name]) => name);
  const cases = Object.keys(CASES).filter((name) => !name.includes(' '));
  expect(schemas.sort()).toEqual([...cases, ...others, ...parts].sort());
});

test('what the version before wrote is read', () => {
  const earlier = (name: string): string =>
    readFileSync(new URL(`../../../test/fixtures/earlier/${name}`, import.meta.url), 'utf8');
  for (const [name, schema] of [
    ['route.json', protocol.recordedRoute],
    ['service.json', protocol.serviceRecord],
  ] as const)
    expect(decode<unknown>(schema, earlier(name))).toEqual(JSON.parse(earlier(name)));
  expect(parseRoute(earlier('route.json')).service).toBe('m1');
});

test('what a later version has added is kept, however deep it lies; a route that was put by hand has no run', () => {
  const later = { zone: 'a' };
  const route = {
    ...ROUTE,
    placement: 'vm',
    run: 'R1',
    at: AT,
    health: { vm: { path: '/', ...later } },
    baselines: { vm: { status: 200, request: 'GET /', ...later } },
  };
  const settings = {
    listen: { ...LISTEN, ...later },
    tls: { redirect: true, ...later },
    timeouts: { bodyMs: 1000, ...later },
  };
  const state = { pid: 1, at: AT, listen: { ...LISTEN, ...later }, routes: {}, errors: {} };
  for (const [schema, value] of [
    [protocol.recordedRoute, route],
    [protocol.recordedSettings, settings],
    [protocol.appliedState, state],
  ] as const)
    expect(decode<unknown>(schema, JSON.stringify(value))).toEqual(value);
  expect(() => parseRoute(JSON.stringify({ ...ROUTE, placements: [{ ...PLACEMENT, ...later }] }))).toThrow('zone');
  expect(decode(protocol.recordedRoute, JSON.stringify({ ...ROUTE, placement: 'vm' }))).toMatchObject({
    run: '',
    at: '',
  });
});

test('one odd process of somebody else does not hide the others', () => {
  const odd = { name: 'odd', pid: null, memory: 'much', status: 7, script: ['x'] };
  expect(decode(protocol.pm2Processes, JSON.stringify([odd, { name: 'm1', pid: 5, status: 'online' }]))).toMatchObject([
    { name: 'odd', pid: 0, status: 'unknown' },
    { name: 'm1', pid: 5, status: 'online' },
  ]);
});
