import type { Random } from './random.js';

export interface FuzzRequest {
  method: string;
  /** As in the request line. */
  target: string;
  /** In order, as they are sent. */
  headers: [string, string][];
  body: Buffer;
  framing: 'none' | 'length' | 'chunked' | 'short' | 'badChunks' | 'badLength' | 'twoLengths';
}

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'BREW'];
const brokenFramings = ['short', 'badChunks', 'badLength', 'twoLengths'] as const;
const paths = [
  '/api/items/5',
  '/api/items/-7',
  '/api/items/x',
  '/api/items/special',
  '/API/ITEMS/Special',
  '/api/items/5/',
  '/api/items/x/y',
  '/api/items/x/y/z',
  '/api/items/',
  '/api/items',
  '/api/items/2147483648',
  '/api/items/%35',
  '/api/items/a%2Fb',
  '/api/items/%zz',
  '/api/items//5',
  '/api/items/%C3%A9',
  '/api/files',
  '/api/files/',
  '/api/files/a/b',
  '/api/secret',
  '/api/off',
  '/api/throws',
  '/api/any',
  '/api/none',
  '/api',
  '/api/',
  '/',
  '/x',
  '/admin/host/ping',
  '/admin/functions',
  '/admin/host/status',
  '/runtime/webhooks/x',
  '/api/constructor',
  '/api/__proto__',
  '/api/items/../any',
];
const pathText = "abcXYZ059-._~!$&'()*+,;=:@%/";
const names = [
  'accept',
  'cookie',
  'x-a',
  'X-A',
  'constructor',
  '__proto__',
  'content-type',
  'traceparent',
  'x-forwarded-proto',
  'x-functions-key',
  'expect',
  'te',
  'origin',
  'range',
];
const values = [
  '',
  'a',
  '*/*',
  'a=b; c="d"; e',
  'application/json',
  'multipart/form-data',
  'https',
  'ftp',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'wrong-key',
  'fuzz-key',
  'bytes=0-',
  '\u00e9\u00ff',
];
const bodies = ['', '{"a":1}', '{"a":', 'a=1&b=2', '\0\u00ff', '--x\r\n\r\n--x--', '{"__proto__":{"x":1}}'];

/** A random request; most are in order, some are broken in one way. */
export function fuzzRequest(random: Random): FuzzRequest {
  const method = random.chance(0.6) ? random.pick(['GET', 'GET', 'POST']) : random.pick(methods);
  const path = random.chance(0.75)
    ? random.pick(paths)
    : `/${random.chance(0.5) ? 'api/' : ''}${random.text(pathText, 60)}`;
  const target =
    path +
    (random.chance(0.4) ? `?${random.text('ab=&%+;x1', 30)}` : '') +
    (random.chance(0.01) ? `?${'q'.repeat(20_000)}` : '');
  const headers: [string, string][] = [
    ['Host', random.chance(0.03) ? random.pick(['bad host', 'a/b', 'x@y', '', 'a,b']) : 'fuzz.example'],
  ];
  for (let n = random.below(5); n > 0; n--) {
    const name = random.pick(names);
    headers.push([name, name === 'expect' ? '100-continue' : random.pick(values)]);
  }
  if (random.chance(0.02)) headers.push(['x-big', 'v'.repeat(random.pick([4000, 40_000]))]);
  if (random.chance(0.02)) headers.push([random.pick(['bad name', 'x\u0001']), 'v']);
  const body = Buffer.from(
    random.chance(0.02) ? 'b'.repeat(random.pick([1_000, 2_000, 300_000])) : random.pick(bodies),
    'latin1',
  );
  const framing = random.chance(0.08)
    ? random.pick(brokenFramings)
    : random.pick(method === 'GET' ? (['none', 'none', 'length'] as const) : (['none', 'length', 'chunked'] as const));
  return { method, target, headers, body, framing };
}

/** The bytes on the wire. */
export function wire({ method, target, headers, body, framing }: FuzzRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  if (framing === 'length') lines.push(`Content-Length: ${body.length}`);
  if (framing === 'short') lines.push(`Content-Length: ${body.length + 5}`);
  if (framing === 'badLength') lines.push('Content-Length: 1x');
  if (framing === 'twoLengths') lines.push(`Content-Length: ${body.length}`, `Content-Length: ${body.length + 1}`);
  if (framing === 'chunked' || framing === 'badChunks') lines.push('Transfer-Encoding: chunked');
  const head = Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`,
    'latin1',
  );
  if (framing === 'none') return head;
  if (framing === 'badChunks') return Buffer.concat([head, Buffer.from('zz\r\n'), body]);
  if (framing !== 'chunked') return Buffer.concat([head, body]);
  const chunk =
    body.length === 0
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
  return Buffer.concat([head, chunk, Buffer.from('0\r\n\r\n')]);
}
