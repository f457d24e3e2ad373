import type { ParityRequest } from '../../fleet/schema.js';

/** An answer as it is compared. Header names are lower-case. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One thing in which two answers are unlike: the status, a header, or a place in the body. */
export interface Difference {
  where: string;
  old: string;
  fresh: string;
}

const TIMEOUT_MS = 30_000;
const SHOWN = 120;

/** Sends a parity request to a side. Redirects are not followed: where they lead is part of the answer. */
export async function send(base: string, request: ParityRequest, signal?: AbortSignal): Promise<Answer> {
  const headers = new Headers(request.headers);
  let body: string | undefined;
  if (request.body !== undefined) {
    body = typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
    if (!headers.has('content-type'))
      headers.set('content-type', typeof request.body === 'string' ? 'text/plain' : 'application/json');
  }
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(base + request.path, {
    method: request.method ?? 'GET',
    headers,
    body,
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

/** In what two answers to a request are unlike, leaving out what the request says may differ. */
export function compare(request: ParityRequest, old: Answer, fresh: Answer): Difference[] {
  const differences: Difference[] = [];
  const differ = (where: string, a: unknown, b: unknown): void =>
    void differences.push({ where, old: show(a), fresh: show(b) });
  if (old.status !== fresh.status) differ('status', old.status, fresh.status);
  for (const name of request.compareHeaders ?? ['content-type']) {
    const [a, b] = [old.headers[name.toLowerCase()], fresh.headers[name.toLowerCase()]];
    if (a !== b) differ(`header ${name}`, a, b);
  }
  const [a, b] = [asJson(old.body), asJson(fresh.body)];
  if (a === undefined || b === undefined) {
    if (old.body !== fresh.body) differ('body', old.body, fresh.body);
    return differences;
  }
  const ignored = (request.ignore ?? []).map((path) => path.split('/').slice(1));
  walk(a.value, b.value, [], (path, x, y) => {
    if (!ignored.some((pattern) => covers(pattern, path))) differ(`/${path.join('/')}`, x, y);
  });
  return differences;
}

function asJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // Not JSON: compared as text.
    return undefined;
  }
}

type Report = (path: string[], old: unknown, fresh: unknown) => void;

function walk(a: unknown, b: unknown, path: string[], report: Report): void {
  if (Object.is(a, b)) return;
  const bothArrays = Array.isArray(a) && Array.isArray(b);
  const bothObjects = isObject(a) && isObject(b) && !Array.isArray(a) && !Array.isArray(b);
  if (!bothArrays && !bothObjects) return report(path, a, b);
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
    walk(left[key], right[key], [...path, key], report);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A pattern covers a path and all below it; `*` stands for one part. */
const covers = (pattern: string[], path: string[]): boolean =>
  pattern.length <= path.length && pattern.every((part, index) => part === '*' || part === path[index]);

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
