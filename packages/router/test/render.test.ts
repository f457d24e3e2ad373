import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bucketsOf } from '../src/foreign/buckets.js';
import { findProgram, hostsOf, isAtLeast, nameServers, type HostSystem } from '../src/foreign/system.js';
import { fill } from '../src/foreign/template.js';
import { render } from '../src/nginx/render.js';
import { checkConf, reasonIn } from '../src/nginx/run-dir.js';
import { quoted, readNginxTemplates } from '../src/nginx/template.js';
import type { Placement, Route, RouterState } from '../src/state.js';
import { routeOf, tempDir } from './helpers.js';

const templates = await readNginxTemplates(fileURLToPath(new URL('../../../templates/nginx', import.meta.url)));
const nginx = await findProgram('nginx').catch(() => undefined);
const system: HostSystem = {
  nameServers: ['10.0.0.2'],
  hosts: new Map([['db.internal', '10.1.1.1']]),
  authorities: '/etc/ssl/certs/ca-certificates.crt',
  version: [1, 22, 1],
  user: undefined,
};

const vm: Placement = { name: 'vm', url: 'http://127.0.0.1:4210', weight: 0 };
const azure: Placement = { name: 'azure', url: 'https://m1.azurewebsites.net', weight: 100 };
const stateOf = (routes: Route[], change: Partial<RouterState> = {}): RouterState => ({
  engine: 'nginx',
  listen: { address: '127.0.0.1', port: 8480 },
  routes,
  ...change,
});
const m1 = routeOf({ service: 'm1', path: '/api/flow', placements: [azure, vm] });
const textOf = (state: RouterState, of = system): string => render(templates, state, of).text;
const blockAt = (text: string, head: string): string =>
  text.slice(text.indexOf(head), text.indexOf('\n    }', text.indexOf(head)) + 6);

test('a path goes to the placement of its bucket, and nothing below it', () => {
  expect(blockAt(textOf(stateOf([m1])), 'location ~*')).toMatch(
    /^location ~\* "\^\/api\/flow\(\?:\/\|\\z\)" \{\n {6}set \$fanops_service "m1";\n {6}error_page 550 = @m1\.0;\n {6}if \(-f "weights\/m1-[0-9a-f]{12}\/now\/\$fanops_bucket\.0"\) \{ return 550; \}/,
  );
});

test('a serverless side gets its own name by SNI and Host, and its certificate is checked', () => {
  const block = blockAt(textOf(stateOf([m1])), 'location @m1.0 {');
  for (const line of [
    'set $fanops_upstream "https://m1.azurewebsites.net";',
    'proxy_pass $fanops_upstream;',
    'proxy_set_header Host "m1.azurewebsites.net";',
    'proxy_ssl_server_name on;',
    'proxy_ssl_name "m1.azurewebsites.net";',
    'proxy_ssl_verify on;',
    'proxy_ssl_trusted_certificate "/etc/ssl/certs/ca-certificates.crt";',
    'proxy_buffering off;',
    'proxy_request_buffering off;',
    'proxy_read_timeout 230000ms;',
  ]) {
    expect(block).toContain(line);
  }
  expect(textOf(stateOf([m1]))).toContain('resolver 10.0.0.2 ipv6=off;');
});

test('a plain side keeps the host of the user, has no TLS, and needs no name server', () => {
  const text = textOf(stateOf([routeOf({ ...m1, placements: [vm] })]));
  expect(blockAt(text, 'location @m1.0 {')).toContain('proxy_set_header Host $fanops_sent_host;');
  expect(text).not.toMatch(/proxy_ssl|resolver /);
});

test('names of the hosts file are replaced, and TLS still asks for the name', () => {
  const block = blockAt(
    textOf(stateOf([routeOf({ ...m1, placements: [{ ...azure, url: 'https://db.internal:8443/base' }] })])),
    'location @m1.0 {',
  );
  expect(block).toContain('"https://10.1.1.1:8443/base"');
  expect(block).toContain('proxy_pass $fanops_upstream$request_uri;');
  expect(block).toContain('proxy_set_header Host "db.internal:8443";');
  expect(block).toContain('proxy_ssl_name "db.internal";');
});

test('weights are no part of the configuration: another share gives the same version', () => {
  const shifted = routeOf({
    ...m1,
    placements: [
      { ...azure, weight: 90 },
      { ...vm, weight: 10 },
    ],
  });
  expect(render(templates, stateOf([shifted]), system)).toEqual(render(templates, stateOf([m1]), system));
});

test.each([
  [
    [90, 10],
    [90, 10],
  ],
  [
    [0, 100],
    [0, 100],
  ],
  [
    [1, 99],
    [1, 99],
  ],
  [
    [1, 1, 1],
    [33, 34, 33],
  ],
  [
    [0, 0],
    [0, 0],
  ],
  [
    [0, 7],
    [0, 100],
  ],
])('weights %j give %j buckets of a hundred', (weights, expected) => {
  const buckets = bucketsOf(
    routeOf({ ...m1, placements: weights.map((weight, index) => ({ ...vm, name: `p${index}`, weight })) }),
  );
  expect(weights.map((_weight, index) => buckets.filter((each) => each === index).length)).toEqual(expected);
});

test('a route of the own host hides those of every host below its path', () => {
  const text = textOf(
    stateOf([
      routeOf({ service: 'all', path: '/api/flow', placements: [vm] }),
      routeOf({ service: 'own', path: '/api', host: 'Flow.Example', placements: [vm] }),
      routeOf({ service: 'rest', path: '/x', placements: [vm] }),
    ]),
  );
  const own = text.slice(text.indexOf('server_name "flow.example";'));
  expect(own).toContain('location ~* "^/api(?:/|\\z)" {');
  expect(own).not.toContain('location ~* "^/api/flow(?:/|\\z)"');
  expect(own).toContain('location ~* "^/x(?:/|\\z)" {');
});

test('TLS listens on the port of the users, plain HTTP sends them there', () => {
  const text = textOf(
    stateOf([m1], { listen: { address: '0.0.0.0', port: 8443 }, httpPort: 8080, tls: { redirect: true } }),
  );
  expect(text).toContain('listen 0.0.0.0:8443 ssl default_server;');
  expect(text).toContain('listen 0.0.0.0:8080 default_server;');
  expect(text).toContain('return 308 https://$host:8443$request_uri;');
});

test('newer versions keep idle connections at a reload', () => {
  expect(textOf(stateOf([m1]))).not.toContain('keepalive_min_timeout');
  expect(textOf(stateOf([m1]), { ...system, version: [1, 28, 0] })).toContain('keepalive_min_timeout 10s;');
  expect(
    [
      [1, 27, 4],
      [1, 27, 3],
      [2, 0, 0],
      [1, 9, 9],
    ].map((version) => isAtLeast(version, [1, 27, 4])),
  ).toEqual([true, false, true, false]);
});

test('what nginx cannot take is refused by name', () => {
  expect(() => quoted('a$b')).toThrow('"a$b" has a character');
  expect(() => textOf(stateOf([routeOf({ ...m1, host: '~.*' })]))).toThrow('"~.*" is no host name');
  expect(() => textOf(stateOf([m1]), { ...system, authorities: undefined })).toThrow('ca-certificates');
  expect(() => fill('@{none}', {})).toThrow('@{none}');
});

test('name servers and hosts are read as nginx wants them', () => {
  expect(nameServers('# a\nnameserver 127.0.0.11\nsearch x\nnameserver fe80::1%eth0\n')).toEqual([
    '127.0.0.11',
    '[fe80::1]',
  ]);
  expect(Object.fromEntries(hostsOf('::1 localhost ip6\n127.0.0.1 LocalHost # me\n'))).toEqual({
    localhost: '127.0.0.1',
    ip6: '[::1]',
  });
});

test.skipIf(!nginx)('nginx accepts odd paths, names and folders, and says why it refuses others', async () => {
  const dir = join(await tempDir(), `a b'c"$x;{}`, 'nginx', '1');
  await mkdir(join(dir, 'temp'), { recursive: true });
  const odd = [
    '/',
    '/a b',
    '/%7Bx%7D',
    '/a"b',
    "/it's",
    '/a;b{c}',
    '/$x',
    '/~x',
    '/\\d',
    '/ümlaut',
    '/a%2',
    '/longer/path/',
  ].map((path, index) =>
    routeOf({
      service: `s${index}`,
      path,
      ...(index % 2 ? { host: `h${index}.example` } : {}),
      placements: [vm, { ...azure, url: 'https://x.example/b$se' }],
    }),
  );
  const own = { ...system, version: [1, 22, 1], authorities: undefined };
  const routes = odd.map((route) => ({
    ...route,
    placements: route.placements.map((each) => ({ ...each, verify: false })),
  }));
  await checkConf(nginx!, dir, textOf(stateOf(routes), own));
  expect(await readFile(join(dir, 'nginx.conf.draft'), 'utf8')).toContain('b%24se');
  await expect(
    checkConf(nginx!, dir, textOf(stateOf([]), own).replace('server_tokens off', 'server_tokens what')),
  ).rejects.toThrow(/^nginx refuses the configuration: invalid value "what"/);
  expect(execFileSync('ls', [dir], { encoding: 'utf8' })).not.toContain('nginx.pid\n.');
});

test('the reason is the last line with which nginx gave up', () => {
  expect(
    reasonIn(
      '2026/11/21 03:00:00 [warn] 1#1: x\n2026/11/21 03:00:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)\n',
    ),
  ).toBe('bind() to 0.0.0.0:80 failed (13: Permission denied)');
  expect(reasonIn('[warn] x')).toBeUndefined();
});
