import { afterEach, expect, test, vi } from 'vitest';
import { proxyFor, useHttpProxy } from '../../../src/context/http-proxy.js';
import { usableAgent } from '../../../src/providers/contracts/http-proxy.js';

afterEach(() => vi.unstubAllEnvs());

const set = (variables: Record<string, string>): void => {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'])
    for (const each of [name, name.toUpperCase()]) vi.stubEnv(each, variables[each]);
};
const through = (url: string): string | undefined => proxyFor(new URL(url))?.href;

test('https and http have a proxy each, in either case of letters; without one a target is asked directly', () => {
  set({ HTTPS_PROXY: 'http://proxy.corp:3128', http_proxy: 'http://plain.corp:8080' });
  expect(through('https://ec2.us-east-1.amazonaws.com/')).toBe('http://proxy.corp:3128/');
  expect(through('http://example.com/')).toBe('http://plain.corp:8080/');
  set({ HTTPS_PROXY: 'http://proxy.corp:3128' });
  expect(through('http://example.com/')).toBeUndefined();
});

test('a proxy without a scheme is spoken to over http', () => {
  set({ HTTPS_PROXY: 'proxy.corp:3128' });
  expect(through('https://example.com/')).toBe('http://proxy.corp:3128/');
});

test('NO_PROXY names hosts, domains and ports that are asked directly', () => {
  set({ HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: 'one.example, .internal,*.corp,two.example:8443' });
  for (const direct of [
    'https://one.example/',
    'https://a.b.internal/',
    'https://x.corp/',
    'https://two.example:8443/',
  ])
    expect(through(direct), direct).toBeUndefined();
  expect(through('https://two.example/')).toBe('http://proxy.corp:3128/');
  set({ HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: '*' });
  expect(through('https://example.com/')).toBeUndefined();
});

test.each([
  'http://localhost:8080/',
  'http://127.0.0.1/',
  'https://127.9.8.7/',
  'http://[::1]:80/',
  'http://[::ffff:127.0.0.1]/',
  'http://169.254.169.254/latest',
  'http://metadata.google.internal/',
])('%s is never sent through a proxy', (url) => {
  set({
    HTTPS_PROXY: 'http://proxy.corp:3128',
    HTTP_PROXY: 'http://proxy.corp:3128',
    ALL_PROXY: 'http://proxy.corp:1',
  });
  expect(through(url)).toBeUndefined();
});

test.each(['socks5://127.0.0.1:1080', 'http://', 'ftp://proxy.corp'])('%s is refused as no HTTP proxy', (value) => {
  // Commands that ask no cloud are not kept from their work.
  const agent = useHttpProxy({ HTTPS_PROXY: value });
  expect(() => usableAgent(agent)).toThrow(
    expect.objectContaining({ code: 'BAD_PROXY', exitCode: 2, message: 'HTTPS_PROXY names no HTTP proxy.' }),
  );
  set({ HTTPS_PROXY: value });
  expect(() => through('https://example.com/')).toThrow('the proxy of HTTPS_PROXY is no HTTP proxy');
});

test('a SOCKS proxy in ALL_PROXY is no obstacle where another variable counts; where it counts itself, the request is refused', () => {
  const socks = { ALL_PROXY: 'socks5://127.0.0.1:1080' };
  expect(() => useHttpProxy({ ...socks, HTTPS_PROXY: 'http://proxy.corp:3128' })).not.toThrow();
  set({ ...socks, HTTPS_PROXY: 'http://proxy.corp:3128' });
  expect(through('https://example.com/')).toBe('http://proxy.corp:3128/');
  expect(() => through('http://example.com/')).toThrow('the proxy of ALL_PROXY is no HTTP proxy');
  expect(through('http://localhost:1/')).toBeUndefined();
});

test('a proxy that is spoken to over TLS stays so, whatever other variables name', () => {
  set({ HTTPS_PROXY: 'https://proxy.corp:3128', HTTP_PROXY: 'proxy.corp:3128' });
  expect(through('https://example.com/')).toBe('https://proxy.corp:3128/');
  expect(through('http://example.com/')).toBe('http://proxy.corp:3128/');
});
