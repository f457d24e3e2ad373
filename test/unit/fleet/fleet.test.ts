import { expect, test } from 'vitest';
import { inlineCredential } from '../../../src/fleet/credentials.js';
import { parseFleet } from '../../helpers/modules.js';
import { nearest } from '../../../src/fleet/nearest.js';
import { checkVersion } from '../../../src/fleet/version.js';

const TEXT = (pin: string) => `fleet: shop
fanops: "${pin}"
hosts:
  app-1: { provider: local, roles: [app] }
  router-1: { address: fd00::7, roles: [router, app] }
router: { host: router-1, listen: 8080 }
services:
  m1:
    source: ./m1
    placements:
      azure: { platform: azure-functions, url: "https://m1.example//" }
      vm: { platform: pm2, host: app-1, port: 3000 }
      beside: { platform: pm2, host: router-1, port: 3000 }
`;
const fleet = parseFleet(TEXT('>=0.1'), '/f/fanops.yaml');

test.each([
  [
    'host',
    () => fleet.host('app1'),
    'There is no host "app1" in the fleet file.',
    'Did you mean "app-1"? There is: app-1, router-1.',
  ],
  ['service', () => fleet.service('xyz'), 'There is no service "xyz" in the fleet file.', 'There is: m1.'],
  [
    'placement',
    () => fleet.placement('m1', 'vmm'),
    'There is no placement of m1 "vmm" in the fleet file.',
    'Did you mean "vm"? There is: azure, vm, beside.',
  ],
])('an unknown %s is told with those that exist', (_what, look, message, hint) => {
  expect(look).toThrow(expect.objectContaining({ message, hint, code: 'UNKNOWN_NAME', exitCode: 2 }) as Error);
});

test('addresses of placements as the router host sees them', () => {
  const at = (host: string) => fleet.host(host).address ?? '127.0.0.1';
  const urlOf = (name: string, addressOf = at) => fleet.targets('m1', name, addressOf).map(({ url }) => url);
  expect(urlOf('azure')).toEqual(['https://m1.example']);
  expect(urlOf('vm')).toEqual(['http://127.0.0.1:3000']);
  expect(urlOf('beside')).toEqual(['http://127.0.0.1:3000']);
  expect(urlOf('vm', () => 'fd00::9')).toEqual(['http://[fd00::9]:3000']);
});

test('where a service is before its first migration; what fanops runs itself; no router', () => {
  expect(fleet.initialPlacement('m1')).toBe('azure');
  expect(fleet.portOf('m1', 'vm')).toBe(3000);
  expect([fleet.can('m1', 'vm', 'releases'), fleet.can('m1', 'azure', 'releases')]).toEqual([true, false]);
  expect(fleet.placementsOn('app-1')).toEqual([{ service: 'm1', name: 'vm' }]);
  expect(() => parseFleet('fleet: a\nhosts: {}\n', '/f/b.yaml').router()).toThrow('/f/b.yaml has no router.');
});

test.each([
  ['', '0.1.0', undefined],
  ['>=0.1', '0.1.0', undefined],
  ['>=0.1', '0.2.0-rc.1', undefined],
  ['^1', '0.1.0', 'asks for fanops ^1; this is 0.1.0'],
  ['nonsense', '0.1.0', 'is no version range'],
])('a file that asks for "%s" with version %s', (pin, version, message) => {
  const asking = parseFleet(TEXT(pin), 'f');
  if (message) expect(() => checkVersion(asking, version)).toThrow(message);
  else checkVersion(asking, version);
});

test.each([
  ['A', 'plain', false],
  ['A', '', false],
  ['PASSWORD', 'env:X', false],
  ['PASSWORD', '', false],
  ['A', 'https://h.example/x', false],
  ['A', 'user@host', false],
  ['A', 'postgres://db/x', false],
  ['TOKENS_PER_MINUTE', '5', false],
  ['SECRETARY', 'ada', false],
  ['PORT', '8080', false],
  ['A', 'AccountKey=abc', true],
  ['A', 'x;sharedaccesskey=abc', true],
  ['A', 'postgres://u:p@db/x', true],
  ['A', 'redis://:p@h', true],
  ['A', '-----BEGIN RSA PRIVATE KEY-----', true],
  ['A', 'AKIAABCDEFGHIJKLMNOP', true],
  ['apiKey', 'x', true],
  ['API_KEY', 'x', true],
  ['myConnectionString', 'x', true],
  ['x_token', 'x', true],
])('setting %s=%s: credential %s', (key, value, credential) => {
  expect(inlineCredential(key, value) !== undefined).toBe(credential);
});

test('the nearest name, when one is near enough', () => {
  expect(nearest('sorce', ['source', 'route'])).toBe('source');
  expect(nearest('HOSTS', ['hosts'])).toBe('hosts');
  expect(nearest('database', ['source', 'route'])).toBeUndefined();
  expect(nearest('a', [])).toBeUndefined();
});
