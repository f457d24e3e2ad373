import { expect, test } from 'vitest';
import type { EngineName } from '../../src/state.js';
import type { Contract } from './contract.js';
import { rawRequest } from './raw.js';

const host = 'Host: a.example\r\n';
const get = (more = '', method = 'GET', version = '1.1'): string =>
  `${method} /app HTTP/${version}\r\n${host}${more}\r\n`;
const post = (more: string, body = ''): string => get(more, 'POST') + body;

/** A request with so many bytes from its first to the empty line, in headers of 1,000 bytes. */
function sized(bytes: number, lineBytes = 1000): string {
  const start = `GET /app HTTP/1.1\r\n${host}`;
  let left = bytes - start.length - 2;
  let lines = '';
  while (left > 0) {
    const length = left < lineBytes + 20 ? left : lineBytes;
    lines += `x-fill: ${'f'.repeat(length - 10)}\r\n`;
    left -= length;
  }
  return `${start}${lines}\r\n`;
}

type Expected = number | (Partial<Record<EngineName, number | 'other'>> & { all: number });
const of = (expected: Expected, engine: EngineName): number | 'other' =>
  typeof expected === 'number' ? expected : (expected[engine] ?? expected.all);

const sizes: [string, string, Expected][] = [
  ['20 kB in one header', sized(20_000, 30_000), 200],
  ['20 kB in headers of 1 kB', sized(20_000), 200],
  ['32 KiB in all', sized(32 << 10), 200],
  ['a byte more than 32 KiB', sized((32 << 10) + 1), 431],
  ['40 kB in one header', sized(40_000, 50_000), 431],
  ['64 KiB', sized(64 << 10), 431],
  ['100 kB', sized(100_000), 431],
  ['1,000 lines', get('x: 1\r\n'.repeat(999)), 200],
  // nginx counts them from the version on that has max_headers.
  ['1,001 lines', get('x: 1\r\n'.repeat(1000)), { all: 431, nginx: 'other' }],
];

const targets: [string, number, Expected][] = [
  ['10 kB', 10_000, 200],
  ['16 KiB', 16 << 10, 200],
  ['a byte more than 16 KiB', (16 << 10) + 1, 414],
  ['40 kB', 40_000, 414],
  ['100 kB', 100_000, 414],
];

const malformed: [string, string, Expected][] = [
  ['no Host', 'GET /app HTTP/1.1\r\n\r\n', 400],
  ['an empty Host', 'GET /app HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['two different Host headers', get('Host: b.example\r\n'), 400],
  // HAProxy makes one of them before its rules see them.
  ['the same Host twice', get(host), { all: 400, haproxy: 200 }],
  ['a Host with a slash', 'GET /app HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a Host with a space', 'GET /app HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['a Host with an at sign', 'GET /app HTTP/1.1\r\nHost: user@a.example\r\n\r\n', 400],
  ['a Host of 400 characters', `GET /app HTTP/1.1\r\nHost: ${'a'.repeat(400)}\r\n\r\n`, 400],
  ['two different lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'), 400],
  ['the same length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), { all: 400, haproxy: 200 }],
  ['a negative length', post('Content-Length: -5\r\n'), 400],
  ['a length with a sign', post('Content-Length: +5\r\n', 'hello'), 400],
  ['an empty length', post('Content-Length:\r\n'), 400],
  // HAProxy drops the length, frames the body by its chunks, and ends the connection: RFC 9112, 6.3.
  [
    'length and chunks together',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    { all: 400, haproxy: 200 },
  ],
  ['chunks twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['a coding that is not chunked', post('Transfer-Encoding: gzip\r\n'), { all: 501, haproxy: 400 }],
  ['gzip and chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), { all: 501, haproxy: 422 }],
  ['a coding like chunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), { all: 501, haproxy: 400 }],
  ['chunks in HTTP/1.0', get('Transfer-Encoding: chunked\r\n', 'POST', '1.0') + '0\r\n\r\n', 400],
  // HAProxy joins the lines before it passes them.
  ['a folded header', get('X-A: b\r\n c\r\n'), { all: 400, haproxy: 200 }],
  ['a NUL in a value', get('X-A: b\0c\r\n'), 400],
  // nginx has no way to look at headers whose names it does not know.
  ['a control character in a value', get('X-A: b\x01c\r\n'), { all: 400, nginx: 200 }],
  ['a bare carriage return in a value', get('X-A: b\rX-B: c\r\n'), 400],
  ['a space in a name', get('X A: b\r\n'), 400],
  ['a space before the colon', get('X-A : b\r\n'), 400],
  ['no name', get(': b\r\n'), 400],
  // nginx drops the line, and the rest passes.
  ['a bracket in a name', get('X(A): b\r\n'), { all: 400, nginx: 200 }],
  ['a line without a colon', get('XA\r\n'), { all: 400, nginx: 200 }],
  ['a target with a space', `GET /app a HTTP/1.1\r\n${host}\r\n`, 400],
  ['a target with a scheme', `GET http://a.example/app HTTP/1.1\r\n${host}\r\n`, 400],
  ['an asterisk as target', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, 400],
  ['HTTP/1.2', get('', 'GET', '1.2'), 505],
  ['HTTP/2.0 in the request line', get('', 'GET', '2.0'), 505],
  ['a version in lower case', `GET /app http/1.1\r\n${host}\r\n`, 400],
  ['a TLS handshake', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'a'.repeat(50)}\r\n\r\n`, 400],
  ['TRACE', get('', 'TRACE'), 405],
  ['CONNECT', `CONNECT a.example:443 HTTP/1.1\r\n${host}\r\n`, 400],
  ['an unknown method', get('', 'FOO'), 400],
  ['a method in lower case', get('', 'get'), 400],
];

/** What requests may hold, and what is said to others. */
export function requestContract({ engine, main, app }: Contract): void {
  const ask = async (text: string) => {
    const before = app().seen.length;
    const answer = await rawRequest(main().port, text);
    return { ...answer, reached: app().seen.length > before };
  };

  test.each(sizes)('request line and headers: %s', async (_name, text, expected) => {
    const { status, reached } = await ask(text);
    const wanted = of(expected, engine);
    if (wanted !== 'other') expect({ status, reached }).toEqual({ status: wanted, reached: wanted === 200 });
    else expect([200, 431]).toContain(status);
  });

  test.each(targets)('request target: %s', async (_name, bytes, expected) => {
    const { status, reached } = await ask(`GET /app/${'a'.repeat(bytes - 5)} HTTP/1.1\r\n${host}\r\n`);
    expect({ status, reached }).toEqual({ status: of(expected, engine), reached: expected === 200 });
  });

  test.each(malformed)('malformed request: %s', async (_name, text, expected) => {
    const { status, reached } = await ask(text);
    const wanted = of(expected, engine);
    expect({ status, reached }).toEqual({ status: wanted, reached: wanted === 200 });
  });

  test('what is passed of a malformed request cannot be read in two ways', async () => {
    const cases = malformed.filter(([, , expected]) => of(expected, engine) === 200);
    for (const [, text] of cases) {
      await ask(text);
      const { headers, text: bytes } = app().last;
      expect(headers.host).toBe('a.example');
      expect(
        [headers['content-length'], headers['transfer-encoding']].filter(
          (each) => each !== undefined && /^(5|chunked)$/.test(each),
        ).length,
      ).toBeLessThan(2);
      expect(bytes()).not.toMatch(/[(]|\r[^\n]|\r\n[ \t]/);
    }
  });

  test('a body whose chunks are malformed is 400, also when its head has reached the app', async () => {
    const { status } = await ask(post('Transfer-Encoding: chunked\r\n', 'zz\r\nhi\r\n0\r\n\r\n'));
    expect(status).toBe(400);
    await ask(get('X-After: 1\r\n'));
  });

  test('HTTP/1.0 is served without a Host, and its connection ends', async () => {
    const answer = await ask('GET /app HTTP/1.0\r\n\r\n');
    expect(answer).toMatchObject({ status: 200, reached: true });
    expect(app().last.headers.host).toBe(`127.0.0.1:${main().port}`);
    expect(app().last.headers['x-forwarded-host']).toBeUndefined();
  });

  test('a request of HTTP/0.9 does not reach an app', async () => {
    const before = app().seen.length;
    await Promise.race([rawRequest(main().port, 'GET /app\r\n'), new Promise((resolve) => setTimeout(resolve, 300))]);
    expect(app().seen.length).toBe(before);
  });

  test.each(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY'])(
    '%s passes',
    async (method) => {
      expect(
        await ask(`${method} /app HTTP/1.1\r\n${host}${method === 'POST' ? 'Content-Length: 0\r\n' : ''}\r\n`),
      ).toMatchObject({ status: 200, reached: true });
      expect(app().last.line).toBe(`${method} /app HTTP/1.1`);
    },
  );

  test('headers with underscores, empty values and bytes above 127 pass as sent', async () => {
    await ask(get('X_A: 1\r\nX-Empty:\r\nX-Bytes: \xc3\xbc\r\n'));
    expect(app().last.headers).toMatchObject({ x_a: '1', 'x-empty': '', 'x-bytes': '\xc3\xbc' });
  });

  test('hop-by-hop headers do not reach the app', async () => {
    await ask(
      get(
        'Connection: close\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nHTTP2-Settings: q\r\nProxy: z\r\nProxy-Connection: x\r\nProxy-Authorization: y\r\nProxy-Authenticate: q\r\n',
      ),
    );
    const { headers } = app().last;
    expect(
      Object.keys(headers).filter((name) => /^(keep-alive|te|trailer|upgrade|http2-settings|proxy.*)$/.test(name)),
    ).toEqual([]);
    expect(headers.connection).toBe('close');
  });

  test('a header that Connection names is dropped by the embedded engine; the others cannot and drop the name', async () => {
    await ask(get('Connection: close, X-Mine\r\nX-Mine: 1\r\n'));
    expect(app().last.headers['x-mine']).toBe(engine === 'embedded' ? undefined : '1');
    expect(app().last.headers.connection).toBe('close');
  });
}
