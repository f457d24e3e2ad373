import { expect, test } from 'vitest';
import { ok, withBytes, withHeaders, type Behaviour } from './app.js';
import type { Contract } from './contract.js';
import { until } from '../helpers.js';
import { RawConnection, rawRequest } from './raw.js';

const filled = (bytes: number): string[] =>
  Array.from({ length: bytes / 1000 }, (_, index) => `x-fill-${index}: `.padEnd(998, 'f'));
const plain = (more: string): Behaviour => withBytes(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${more}\r\nok`);

/** What the app does by the last segment of the path. */
export const behaviours: Record<string, Behaviour> = {
  'head-5k': withHeaders([`x-fill: ${'f'.repeat(5_000)}`]),
  'head-31k': withHeaders(filled(31_000)),
  'head-31k-line': withHeaders([`x-fill: ${'f'.repeat(31_000)}`]),
  'head-34k': withHeaders(filled(34_000)),
  'head-60k': withHeaders(filled(60_000)),
  'head-200k': withHeaders(filled(200_000)),
  'lines-990': withHeaders(Array.from({ length: 990 }, (_, index) => `x${index}: 1`)),
  'lines-2000': withHeaders(Array.from({ length: 2000 }, (_, index) => `x${index}: 1`)),
  hops: plain(
    'Date: Tue, 01 Jan 2019 00:00:00 GMT\r\nServer: mine\r\nVia: 1.1 me\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive\r\nProxy-Connection: x\r\nProxy-Authenticate: x\r\nTrailer: x\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Accel-Redirect: /x\r\n',
  ),
  'no-content': withBytes('HTTP/1.1 204 No Content\r\nx: 1\r\n\r\n'),
  'not-modified': withBytes('HTTP/1.1 304 Not Modified\r\netag: "x"\r\ncontent-length: 10\r\n\r\n'),
  until: withBytes('HTTP/1.1 200 OK\r\n\r\nuntil the end'),
  chunked: withBytes('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
  odd: withBytes('HTTP/1.1 299 Very Odd\r\ncontent-length: 2\r\n\r\nok'),
  hints: withBytes('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  'bad-name': plain('bad name: x\r\n'),
  nul: plain('x: a\0b\r\n'),
  garbage: withBytes('hello\r\n\r\n'),
  empty: (socket) => {
    socket.end();
  },
  reset: (socket) => {
    socket.resetAndDestroy();
  },
  lengths: withBytes('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok'),
  short: withBytes('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart'),
  early: (socket) => {
    socket.end('HTTP/1.1 413 Content Too Large\r\ncontent-length: 9\r\n\r\ntoo large');
  },
  upload: (socket, request) => {
    let received = request.text().length - request.text().indexOf('\r\n\r\n') - 4;
    const length = Number(request.headers['content-length']);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received >= length)
        withBytes(`HTTP/1.1 200 OK\r\ncontent-length: ${String(received).length}\r\n\r\n${received}`)(socket, request);
    });
  },
  body: (socket, request) => {
    const answer = (): void => {
      if (request.text().endsWith('hello') || request.text().endsWith('0\r\n\r\n')) ok(socket, request);
    };
    answer();
    socket.on('data', answer);
  },
  websocket: (socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
    socket.pipe(socket);
  },
  silent: () => undefined,
  stalls: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart');
  },
  drips: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n');
    for (const at of [1, 2, 3, 4]) setTimeout(() => (at === 4 ? socket.end('4') : socket.write(String(at))), at * 900);
  },
};

/** What of a placement's response reaches the client. */
export function responseContract({ engine, main, app }: Contract): void {
  const ask = (name: string, method = 'GET', more = '') =>
    rawRequest(main().port, `${method} /app/${name} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`);
  const failed = { status: 502, reason: 'Bad Gateway', body: '{"error":"placement vm of app failed (BAD_GATEWAY)"}' };

  test.each(['head-5k', 'head-31k', 'head-31k-line', 'lines-990'])(
    'response headers below 32 KiB pass: %s',
    async (name) => {
      const { status, body, headers } = await ask(name);
      expect({ status, body }).toEqual({ status: 200, body: 'ok' });
      expect(Object.keys(headers).filter((key) => key.startsWith('x')).length).toBeGreaterThanOrEqual(
        name === 'lines-990' ? 990 : 2,
      );
    },
  );

  test('the same limits hold with TLS to the app, which is told the same', async () => {
    const request = `GET /secure HTTP/1.1\r\nHost: public.example\r\nX-Forwarded-For: 203.0.113.9\r\nx-fill: ${'f'.repeat(25_000)}\r\n\r\n`;
    const { status, body, headers } = await rawRequest(main().port, request);
    expect(status).toBe(200);
    expect(body).toContain('["127.0.0.1","public.example",25000]');
    expect(headers['x-fill-29']).toHaveLength(980);
  });

  test.each(['head-34k', 'head-60k', 'head-200k'])('response headers above 32 KiB are 502: %s', async (name) => {
    expect(await ask(name)).toMatchObject(failed);
  });

  test('a response of 1,000 lines of headers or more is 502; nginx does not count them', async () => {
    const { status, headers } = await ask('lines-2000');
    expect(status).toBe(engine === 'nginx' ? 200 : 502);
    if (status === 200) expect(Object.keys(headers).length).toBeGreaterThan(2000);
  });

  test.each(['bad-name', 'nul', 'empty', 'reset'])('a response that is none is 502: %s', async (name) => {
    expect(await ask(name, 'POST', 'Content-Length: 0\r\n')).toMatchObject(failed);
  });

  test('bytes that are no HTTP are 502; nginx passes them on as HTTP/0.9, and logs 502', async () => {
    const answer = await ask('garbage', 'POST', 'Content-Length: 0\r\n');
    if (engine === 'nginx') expect(answer.text).toMatch(/^hello/);
    else expect(answer).toMatchObject(failed);
    const line = await until('the line of the log', async () =>
      (await main().log()).find((each) => /app\\?\/garbage/.test(each)),
    );
    expect(JSON.parse(line)).toMatchObject({ path: '/app/garbage', status: 502, error: expect.any(String) });
  });

  test('two different lengths are 502; nginx before 1.23 takes the first', async () => {
    const { status } = await ask('lengths', 'POST', 'Content-Length: 0\r\n');
    expect(engine === 'nginx' ? [200, 502] : [502]).toContain(status);
  });

  test('headers of the app pass, those of its connection do not, and no Date or Server is added', async () => {
    const { headers } = await ask('hops');
    expect(headers).toMatchObject({
      date: 'Tue, 01 Jan 2019 00:00:00 GMT',
      server: 'mine',
      via: '1.1 me',
      'set-cookie': 'a=1, b=2',
      'x-accel-redirect': '/x',
      'content-length': '2',
    });
    expect(Object.keys(headers).filter((name) => /^(keep-alive|proxy-.*|trailer)$/.test(name))).toEqual([]);
    const { headers: bare } = await ask('plain');
    expect(
      Object.keys(bare)
        .filter((name) => name !== 'connection')
        .sort(),
    ).toEqual(['content-length', 'x-request-id']);
  });

  test.each([
    ['no-content', 204, undefined],
    ['not-modified', 304, '10'],
  ])('%s has no body, and the connection goes on', async (name, status, length) => {
    const connection = await RawConnection.open(main().port);
    connection.send(
      `GET /app/${name} HTTP/1.1\r\nHost: a.example\r\n\r\nGET /app/plain HTTP/1.1\r\nHost: a.example\r\n\r\n`,
    );
    const [first, second] = [await connection.answer(), await connection.answer()];
    connection.close();
    expect([first.status, first.headers['content-length'], second.status, second.body]).toEqual([
      status,
      length,
      200,
      'ok',
    ]);
  });

  test('the answer to HEAD has the length and no body, and the connection goes on', async () => {
    const connection = await RawConnection.open(main().port);
    connection.send('HEAD /app/plain HTTP/1.1\r\nHost: a.example\r\n\r\n');
    expect(await connection.answer(10_000, true)).toMatchObject({ status: 200, headers: { 'content-length': '2' } });
    connection.send('GET /app/plain HTTP/1.1\r\nHost: a.example\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'ok' });
    connection.close();
  });

  test('a body without a length, one in chunks and an odd status pass', async () => {
    const open = await ask('until', 'GET', 'Connection: close\r\n');
    expect(open.body).toContain('until the end');
    expect((await ask('chunked')).body).toContain('ok');
    expect(await ask('odd')).toMatchObject({ status: 299, body: 'ok' });
  });

  test('a body that ends too early ends the connection, and counts as an error of the placement or as left', async () => {
    const { body, ended } = await ask('short');
    expect([body, ended]).toEqual(['part', true]);
  });

  test('early hints: HAProxy passes them, the embedded engine drops them, nginx before 1.29 takes them for the answer', async () => {
    const { status, informational } = await ask('hints');
    expect([status, informational]).toEqual([200, engine === 'embedded' ? [] : [103]]);
  });

  test('an answer that does not wait for the body reaches the client at once', async () => {
    const connection = await RawConnection.open(main().port);
    connection.send('POST /app/early HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\nfirst');
    expect(await connection.answer()).toMatchObject({ status: 413, body: 'too large' });
    connection.close();
  });

  test('a body of 101 MB passes: there is no limit but that of the app', async () => {
    const connection = await RawConnection.open(main().port);
    const bytes = 101 << 20;
    connection.send(`POST /app/upload HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${bytes}\r\n\r\n`);
    const block = Buffer.alloc(1 << 20, 'x');
    for (let sent = 0; sent < bytes; sent += block.length) {
      if (!connection.socket.write(block)) await new Promise((resolve) => connection.socket.once('drain', resolve));
    }
    expect(await connection.answer(20_000)).toMatchObject({ status: 200, body: String(bytes) });
    connection.close();
  });

  test('Expect: 100-continue is answered by the router and not passed on; other expectations are ignored', async () => {
    const connection = await RawConnection.open(main().port);
    connection.send('POST /app/body HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    while (!connection.unread.includes('100 Continue')) await new Promise((resolve) => setTimeout(resolve, 10));
    connection.send('hello');
    expect(await connection.answer()).toMatchObject({ status: 200, informational: [100] });
    connection.close();
    expect(app().last.headers.expect).toBeUndefined();
    expect(
      (
        await rawRequest(
          main().port,
          'POST /app/body HTTP/1.1\r\nHost: a.example\r\nExpect: odd\r\nContent-Length: 5\r\n\r\nhello',
        )
      ).status,
    ).toBe(200);
    expect(app().last.headers.expect).toBeUndefined();
  });

  test('requests that are sent at once are answered in their order', async () => {
    const connection = await RawConnection.open(main().port);
    const big = `x-fill: ${'f'.repeat(15_000)}\r\n`;
    connection.send(
      ['odd', 'plain', 'no-content']
        .map((name) => `GET /app/${name} HTTP/1.1\r\nHost: a.example\r\n${big}\r\n`)
        .join(''),
    );
    expect([
      (await connection.answer()).status,
      (await connection.answer()).status,
      (await connection.answer()).status,
    ]).toEqual([299, 200, 204]);
    connection.close();
  });
}
