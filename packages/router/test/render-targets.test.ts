import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allBuckets, targetBucketsOf } from '../src/foreign/buckets.js';
import { retrySocket } from '../src/foreign/retry-proxy.js';
import type { HostSystem } from '../src/foreign/system.js';
import { failureIn } from '../src/haproxy/failure.js';
import { render as renderHaproxy } from '../src/haproxy/render.js';
import { readHaproxyTemplates } from '../src/haproxy/template.js';
import { render as renderNginx } from '../src/nginx/render.js';
import { readNginxTemplates } from '../src/nginx/template.js';
import type { Placement, RouterState } from '../src/state.js';
import { alwaysUp } from '../src/targets/target-health.js';
import { routeOf } from './helpers.js';

const templatesOf = (engine: string): string => fileURLToPath(new URL(`../../../templates/${engine}`, import.meta.url));
const nginx = await readNginxTemplates(templatesOf('nginx'));
const haproxy = await readHaproxyTemplates(templatesOf('haproxy'));
const system: HostSystem = {
  nameServers: ['10.0.0.2'],
  hosts: new Map(),
  authorities: '/etc/ssl/certs/ca-certificates.crt',
  version: [1, 22, 1],
  user: undefined,
};

const vm = (more: Partial<Placement> = {}, down = false): Placement => ({
  name: 'vm',
  url: 'http://10.0.0.4:3000',
  weight: 100,
  targets: [
    { name: 'app-1', url: 'http://10.0.0.4:3000' },
    { name: 'app-2', url: 'https://app-2.internal:8443', serverName: 'm1.internal', trusted: 'ca/two.pem', down },
    { name: 'app-3', url: 'https://10.0.0.6', serverName: 'm1.internal', verify: false },
  ],
  ...more,
});
const stateOf = (placement: Placement): RouterState => ({
  listen: { address: '127.0.0.1', port: 8480 },
  routes: [routeOf({ service: 'm1', path: '/api', placements: [placement] })],
});
const nginxOf = (placement: Placement): string => renderNginx(nginx, stateOf(placement), system).text;
const haproxyOf = (placement: Placement): string => renderHaproxy(haproxy, stateOf(placement), system, ['fd@3']).text;
const block = (text: string, head: string, end: string): string =>
  text.slice(text.indexOf(head), text.indexOf(end, text.indexOf(head)));

test('which targets take requests is no part of a configuration: to take one out needs no reload', () => {
  expect(nginxOf(vm({}, true))).toBe(nginxOf(vm()));
  expect(haproxyOf(vm({}, true))).toBe(haproxyOf(vm()));
  expect(retrySocket('m1', vm({ weight: 3 }, true), { name: 'app-1' })).toBe(
    retrySocket('m1', vm(), { name: 'app-1' }),
  );
});

test('nginx reaches each target in its own way: address, TLS name, authorities; it has 1.5 s to take a connection', () => {
  const [first, second, third] = [0, 1, 2].map((n) => block(nginxOf(vm()), `location @m1.0.${n} {`, '\n    }'));
  expect(first).toContain('set $fanops_target "app-1";');
  expect(first).toContain('set $fanops_upstream "http://10.0.0.4:3000";');
  expect(first).toContain('proxy_connect_timeout 1500ms;');
  expect(first).not.toContain('proxy_ssl');
  expect(second).toContain('set $fanops_upstream "https://app-2.internal:8443";');
  expect(second).toContain('proxy_ssl_name "m1.internal";');
  expect(second).toContain('proxy_ssl_trusted_certificate "../../ca/two.pem";');
  expect(third).toContain('proxy_ssl_verify off;');
  expect(nginxOf(vm())).toContain('resolver 10.0.0.2 ipv6=off;');
  expect(nginxOf(vm({ targets: undefined }))).toContain('proxy_connect_timeout 10000ms;');
});

test('HAProxy reaches each target in its own way: address, TLS name, authorities; it has 1.5 s to take a connection', () => {
  const [first, second, third] = [0, 1, 2].map((n) => block(haproxyOf(vm()), `backend m1.0.${n}\n`, 'server again'));
  expect(first).toContain('server placement 10.0.0.4:3000\n');
  expect(first).toContain('timeout connect 1500ms');
  expect(second).toContain('verifyhost m1.internal ca-file ../../ca/two.pem');
  expect(second).toContain('do-resolve(txn.address,fanops,ipv4) str(app-2.internal)');
  expect(third).toContain('server placement 10.0.0.6:443 ssl verify none');
  expect(haproxyOf(vm())).toContain('server m1.0.1 app-2.internal:8443 resolvers fanops');
  expect(haproxyOf(vm({ targets: undefined }))).not.toContain('timeout connect 1500ms');
  expect(() => haproxyOf(vm({ targets: [{ name: 'a', url: 'https://10.0.0.9' }], url: 'https://10.0.0.9' }))).toThrow(
    "vm on a: HAProxy can't check a certificate against the address 10.0.0.9",
  );
});

test('more targets than nginx can choose from are refused', () => {
  const targets = Array.from({ length: 51 }, (_, n) => ({ name: `app-${n}`, url: `http://10.0.1.${n}` }));
  expect(() => nginxOf(vm({ targets, url: 'http://10.0.1.0' }))).toThrow('placement vm of m1 has more than 50 targets');
});

test('targets that are up have the same number of buckets; where none is up, those that are not down have', () => {
  const counts = (buckets: number[]): number[] => [0, 1, 2].map((n) => buckets.filter((each) => each === n).length);
  expect(counts(targetBucketsOf('m1', vm(), alwaysUp))).toEqual([34, 33, 33]);
  expect(counts(targetBucketsOf('m1', vm({}, true), alwaysUp))).toEqual([50, 0, 50]);
  const without = (...names: string[]) => ({
    ...alwaysUp,
    isUp: ({ target }: { target: { name: string } }) => !names.includes(target.name),
  });
  expect(counts(targetBucketsOf('m1', vm(), without('app-3')))).toEqual([50, 50, 0]);
  expect(counts(targetBucketsOf('m1', vm({}, true), without('app-1', 'app-3')))).toEqual([50, 0, 50]);
  const keys = (placement: Placement): string[] =>
    allBuckets(routeOf({ service: 'm1', path: '/', placements: [placement] }), alwaysUp).map(({ key }) => key);
  expect(keys(vm())).toHaveLength(2);
  expect(keys(vm({ targets: undefined }))).toHaveLength(1);
});

test('HAProxy tells of a target by lines of its log: no connection, or one that broke, but no malformed answer and no silence', () => {
  const line = (end: string, target = ',"target":"app-1"'): string =>
    `{"time":"x","service":"m1","placement":"vm"${target},"status":502,"error":"BAD_GATEWAY","end":"${end}"}`;
  for (const end of ['SC', 'sC', 'SH'])
    expect(failureIn(line(end))).toEqual({ service: 'm1', placement: 'vm', target: 'app-1' });
  for (const end of ['PH', 'sH', 'SD', 'CD', '--']) expect([end, failureIn(line(end))]).toEqual([end, undefined]);
  expect(failureIn(line('SC', ''))).toBeUndefined();
});
