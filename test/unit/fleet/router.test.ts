import { expect, test } from 'vitest';
import { parseSettings } from '../../../packages/router/src/state.js';
import { parseFleet } from '../../helpers/modules.js';
import { timeoutSettings } from '../../../src/fleet/timeouts.js';

const file = (
  router: string,
  placement = 'azure: { platform: azure-functions, url: "https://m1.example" }',
): string => `
fleet: t
hosts: { r: { provider: local, roles: [router] } }
router: { host: r, listen: 8443, ${router} }
services: { m1: { source: ., route: { path: /m1 }, placements: { ${placement} } } }
`;
const refusal = (text: string): string => {
  try {
    parseFleet(text, '/f/fanops.yaml');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each(['nginx', 'haproxy'])('%s takes TLS, a port for plain HTTP and name servers', (engine) => {
  const text = file(
    `engine: ${engine}, httpPort: 8080, tls: { certificate: a.pem, key: "file:a.key" }, resolver: ["127.0.0.1:5353", "[fd00::2]"]`,
  );
  expect(parseFleet(text, '/f/fanops.yaml').router()).toMatchObject({
    engine,
    httpPort: 8080,
    tls: { key: 'file:a.key' },
  });
});

test.each(['embedded', 'nginx', 'haproxy'])(
  '%s takes trusted proxies as addresses and networks of both families',
  (engine) => {
    const text = file(`engine: ${engine}, trustedProxies: [10.0.0.7, 10.0.0.0/8, "fd00::/8"]`);
    expect(parseFleet(text, '/f/fanops.yaml').router().trustedProxies).toEqual(['10.0.0.7', '10.0.0.0/8', 'fd00::/8']);
  },
);

test.each(['embedded', 'nginx', 'haproxy'])(
  '%s takes time limits, which reach the settings of the router in milliseconds',
  (engine) => {
    const router = parseFleet(
      file(`engine: ${engine}, timeouts: { header: 20s, response: 5m, keepAlive: 500ms }`),
      '/f/fanops.yaml',
    ).router();
    expect(
      parseSettings(
        JSON.stringify({ listen: { address: '127.0.0.1', port: 1 }, timeouts: timeoutSettings(router.timeouts) }),
      ).timeouts,
    ).toEqual({ headerMs: 20_000, responseMs: 300_000, keepAliveMs: 500 });
  },
);

test('two routes that differ in case only are one', () => {
  const twin =
    'm2: { source: ., route: { path: /M1/ }, placements: { azure: { platform: azure-functions, url: "https://m2.example" } } }';
  const text = file('engine: nginx').replace('services: { ', `services: { ${twin}, `);
  expect(refusal(text)).toMatch(/has the same route/);
});

test.each([
  ['a time limit that the router would refuse', 'timeouts: { response: 5ms }', /5ms is out of bounds/],
  ['a time limit that there is not', 'timeouts: { total: 5s }', /total/],
  ['a name as a trusted proxy', 'trustedProxies: [proxy.example]', /an address or a network/],
  ['a trusted proxy that is no address', 'trustedProxies: [10.0.0.999]', /10\.0\.0\.999 is no address and no network/],
  ['a network with too many bits', 'trustedProxies: [10.0.0.0/33]', /is no address and no network/],
  [
    'what the embedded engine cannot do',
    'tls: { certificate: a.pem, key: "file:a.key" }',
    /needs the engine nginx or haproxy/,
  ],
  ['a plain port without TLS', 'engine: nginx, httpPort: 8080', /needs tls/],
  [
    'two ports that are one',
    'engine: nginx, httpPort: 8443, tls: { certificate: a.pem, key: "file:a.key" }',
    /port 8443 is taken by the router/,
  ],
  ['a key in plain sight', 'engine: nginx, tls: { certificate: a.pem, key: a.key }', /a reference/],
  ['a name as a name server', 'engine: nginx, resolver: [dns.example]', /an address/],
])('%s is refused', (_what, router, reason) => {
  expect(refusal(file(router))).toMatch(reason);
});
