import { expect, test } from 'vitest';
import type { Contract } from './contract.js';
import { RawConnection, rawRequest } from './raw.js';

const claims: Record<string, string> = {
  'X-Forwarded-For': '203.0.113.9',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Port': '443',
  'X-Real-IP': '203.0.113.9',
  Forwarded: 'for=203.0.113.9',
  'X-Forwarded-Server': 'evil',
  'X-Forwarded-Prefix': '/evil',
  'X-Forwarded-Scheme': 'https',
  'X-Forwarded-Ssl': 'on',
  'X-Client-IP': '203.0.113.9',
  'X-Cluster-Client-IP': '203.0.113.9',
  'True-Client-IP': '203.0.113.9',
  'X-Original-URL': '/admin',
  'X-Original-Host': 'evil',
  'X-Original-Proto': 'https',
  'X-Original-For': '203.0.113.9',
  'X-Rewrite-URL': '/admin',
  'X-MS-Client-Principal': 'evil',
  'X-MS-CLIENT-PRINCIPAL-ID': 'evil',
  'X-MS-CLIENT-PRINCIPAL-NAME': 'evil',
  'X-MS-CLIENT-PRINCIPAL-IDP': 'aad',
  'X-MS-TOKEN-AAD-ID-TOKEN': 'evil',
  'X-MS-TOKEN-AAD-ACCESS-TOKEN': 'evil',
  'X-ARR-ClientCert': 'evil',
  'X-ARR-SSL': 'evil',
  'X-Azure-ClientIP': '203.0.113.9',
  'X-AppService-Proto': 'https',
  'Disguised-Host': 'evil',
  'Client-IP': '203.0.113.9',
  'CF-Connecting-IP': '203.0.113.9',
  'X-Forwarded': 'for=203.0.113.9',
};
const lookalikes: Record<string, string> = {
  X_Forwarded_For: '203.0.113.9',
  X_Forwarded_Proto: 'https',
  X_Real_IP: '203.0.113.9',
  X_MS_CLIENT_PRINCIPAL: 'evil',
};
const linesOf = (headers: Record<string, string>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
const request = (more: string): string => `GET /app HTTP/1.1\r\nHost: public.example\r\n${more}\r\n`;

/** Who asked, as the app learns it. */
export function forwardedContract({ main, trusting, app }: Contract): void {
  const told = (port: number): object => ({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'public.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
    'x-real-ip': '127.0.0.1',
    host: 'public.example',
  });

  test('a client that says nothing of where it comes from: the app is told', async () => {
    for (const { port } of [main(), trusting()]) {
      await rawRequest(port, request(''));
      expect(app().last.headers).toMatchObject(told(port));
    }
  });

  test('what any client says of where a request comes from is overwritten or dropped', async () => {
    const { port } = main();
    await rawRequest(port, request(linesOf({ ...claims, ...lookalikes })));
    expect(app().last.headers).toMatchObject(told(port));
    expect(app().last.text()).not.toMatch(/evil|203\.0\.113\.9|https|admin|aad|\bon\b/);
  });

  test('the same, when it says it twice or in other letters', async () => {
    const { port } = main();
    await rawRequest(
      port,
      request(
        'x-FORWARDED-for: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.9\r\nX-REAL-ip: 203.0.113.9\r\nX-Real-Ip: 203.0.113.9\r\nFORWARDED: for=203.0.113.9\r\n',
      ),
    );
    expect(app().last.headers).toMatchObject(told(port));
    expect(app().last.text()).not.toContain('203.0.113.9');
  });

  test('what a trusted proxy says passes, and its own address is added', async () => {
    await rawRequest(trusting().port, request(linesOf({ ...claims, ...lookalikes })));
    const said = Object.fromEntries(Object.entries(claims).map(([name, value]) => [name.toLowerCase(), value]));
    expect(app().last.headers).toMatchObject({
      ...said,
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      host: 'public.example',
    });
    expect(Object.keys(app().last.headers).filter((name) => name.includes('_'))).toEqual([]);
  });

  test('a request id of the client is kept when it is usable as one, and the client gets it back', async () => {
    const kept = await rawRequest(main().port, request('X-Request-Id: mine-1\r\n'));
    expect([app().last.headers['x-request-id'], kept.headers['x-request-id']]).toEqual(['mine-1', 'mine-1']);
    const made = await rawRequest(main().port, request(`X-Request-Id: ${'x'.repeat(201)}\r\n`));
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(app().last.headers['x-request-id']).toBe(made.headers['x-request-id']);
  });

  test('an upgrade tells the same of where it comes from', async () => {
    const connection = await RawConnection.open(main().port);
    connection.send(
      `GET /app/websocket HTTP/1.1\r\nHost: public.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${linesOf({ ...claims, ...lookalikes })}TE: trailers\r\nProxy-Authorization: x\r\n\r\n`,
    );
    const answer = await connection.answer();
    expect(answer.status).toBe(101);
    expect(answer.headers.upgrade?.toLowerCase()).toBe('websocket');
    connection.send('hello');
    while (!connection.unread.includes('hello')) await new Promise((resolve) => setTimeout(resolve, 10));
    const { headers, text } = app().last;
    expect(headers).toMatchObject({ ...told(main().port), 'sec-websocket-version': '13' });
    expect([headers.connection?.toLowerCase(), headers.upgrade?.toLowerCase()]).toEqual(['upgrade', 'websocket']);
    expect(text()).not.toMatch(/evil|203\.0\.113\.9|trailers|proxy-auth/i);
    connection.close();
  });
}
