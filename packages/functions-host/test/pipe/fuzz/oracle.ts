import type { FuzzRequest } from './request.js';

/** bytes; given to the host as FUNCTIONS_REQUEST_BODY_SIZE_LIMIT */
export const bodyLimit = 1_500;
export const fuzzKey = 'fuzz-key';

/** Any of these statuses; `cut` = the connection may also end without an answer. */
export interface Expected {
  statuses: number[];
  cut?: boolean;
}

interface Route {
  pattern: RegExp;
  methods: string;
  takes?: (value: string) => boolean;
  outcome?: 'key' | 'off' | 'throws';
}

const int32 = (text: string): boolean => /^\s*[+-]?\d+\s*$/.test(text) && Math.abs(Number(text) + 0.5) <= 2 ** 31 - 0.5;

/** The fixture's functions in the order of their names, each as the specification's 3.1 and 3.2 read its template. */
const routes: Route[] = [
  { pattern: /^api\/items\/([^/]+)$/i, methods: 'GET POST', takes: int32 },
  { pattern: /^api\/items\/special$/i, methods: 'PUT' },
  { pattern: /^api\/items\/[^/]+(?:\/[^/]+)?$/i, methods: 'GET DELETE' },
  { pattern: /^api\/files(?:\/[^/].*)?$/is, methods: 'GET' },
  { pattern: /^api\/secret$/i, methods: 'GET POST', outcome: 'key' },
  { pattern: /^api\/off$/i, methods: 'GET', outcome: 'off' },
  { pattern: /^api\/throws$/i, methods: 'GET POST', outcome: 'throws' },
  { pattern: /^api\/any$/i, methods: 'GET POST PUT DELETE PATCH HEAD OPTIONS' },
];

const known = /^(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS|TRACE|PROPFIND)$/;

/** What a request is answered with, from the specification's text alone; nothing of the host's code is used. */
export function expected(request: FuzzRequest): Expected {
  const { headers, framing, body, target } = request;
  const size = target.length + headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (
    !known.test(request.method) ||
    headers.some(([name]) => /[^!-~]| /.test(name)) ||
    ['badLength', 'twoLengths'].includes(framing)
  ) {
    return { statuses: size > 8_000 ? [400, 431] : [400] };
  }
  if (size > 16_000) return { statuses: [431] };
  if (size > 8_000) return { statuses: [...afterFraming(request).statuses, 400, 431], cut: true };
  const host = headers.find(([name]) => name === 'Host')![1];
  if (host !== 'fuzz.example' && host !== '') return { statuses: [400] };
  const answer = afterFraming(request);
  if (!answer.reads)
    return { statuses: answer.statuses, cut: framing === 'badChunks' || (framing !== 'none' && body.length > 60_000) };
  if (framing === 'badChunks') return { statuses: [400], cut: true };
  if (framing === 'short')
    return body.length + 5 > bodyLimit ? { statuses: [413], cut: true } : { statuses: [400], cut: true };
  if (framing !== 'none' && body.length > bodyLimit) return { statuses: [413], cut: body.length > 60_000 };
  return { statuses: answer.statuses };
}

/** `reads`: a function is called, for which the body is read first. */
function afterFraming({ method, target, headers }: FuzzRequest): { statuses: number[]; reads?: boolean } {
  const [path = '', query = ''] = split(target);
  const segments = decoded(path);
  const text = segments.replace(/^\//, '').replace(/\/$/, '');
  if (/^\/(?:admin|runtime\/webhooks)(?:\/|$)/i.test(path))
    return { statuses: [builtIn(path.toLowerCase().replace(/\/$/, ''), method)] };
  const route = segments === '/' ? undefined : routes.find((each) => matches(each, method, text, segments));
  if (!route) return { statuses: [path === '/' ? 200 : 404] };
  if (route.outcome === 'key' && !hasKey(headers, query)) return { statuses: [401] };
  if (route.outcome === 'off') return { statuses: [404] };
  return { statuses: [route.outcome === 'throws' ? 500 : 211], reads: true };
}

function matches({ pattern, methods, takes }: Route, method: string, text: string, whole: string): boolean {
  const found = methods.split(' ').includes(method) ? pattern.exec(text) : null;
  if (!found || whole.endsWith('//')) return false;
  return takes === undefined || takes(found[1]!);
}

function builtIn(path: string, method: string): number {
  if (path.startsWith('/runtime')) return 404;
  return path === '/admin/host/ping' && /^(?:GET|POST)$/.test(method) ? 200 : 401;
}

/** Header before query; several headers of one name are joined (specification 3.4, 3.5). */
function hasKey(headers: [string, string][], query: string): boolean {
  const given = headers.filter(([name]) => name === 'x-functions-key').map(([, value]) => value);
  return given.length > 0 ? given.join(',') === fuzzKey : new URLSearchParams(query).get('code') === fuzzKey;
}

function split(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** Each escape once, but not %2F; one that is no UTF-8 stays; dot segments go (specification 3.1). */
function decoded(path: string): string {
  const text = path.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    run
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? part : utf8(part)))
      .join(''),
  );
  return /\/\.{1,2}(?:\/|$)/.test(text)
    ? new URL(`http://h${text.replace(/[?#%\\]/g, encodeURIComponent)}`).pathname.replace(/%(?!2f)[0-9a-f]{2}/gi, (c) =>
        utf8(c),
      )
    : text;
}

function utf8(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}
