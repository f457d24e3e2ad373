import type { IncomingMessage } from 'node:http';
import { noAnswer, type Answer } from './answer.js';
import { limits, methods, patterns } from './limits.js';
import { normalPath } from './request-path.js';

const known = new Set(methods);
const validHost = new RegExp(patterns.host);

/** Why a request is not routed at all: what Node's parser lets through and the contract of an engine does not. */
export function refusalOf(req: IncomingMessage): Answer | undefined {
  const { method = '', url = '', headers, httpVersion } = req;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return noAnswer.badVersion;
  if (method === 'TRACE') return noAnswer.notAllowed;
  if (url.length > limits.requestTarget) return noAnswer.longTarget;
  if (headBytes(req) > limits.requestHead || req.rawHeaders.length / 2 > limits.requestHeaders)
    return noAnswer.largeHead;
  if (normalPath(url) === undefined) return noAnswer.badTarget;
  if (!known.has(method)) return noAnswer.badMethod;
  if (!hasGoodHost(req)) return noAnswer.badHost;
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersion === '1.0') return noAnswer.badRequest;
  return coding.toLowerCase() === 'chunked' ? undefined : noAnswer.badCoding;
}

function hasGoodHost({ rawHeaders, httpVersion, headers }: IncomingMessage): boolean {
  const count = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (count === 0) return httpVersion === '1.0';
  return count === 1 && validHost.test(headers.host ?? '');
}

/** Bytes of the request line and the headers, as a client writes them that puts one space after each colon. */
function headBytes({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length + 2, `${method} ${url} HTTP/1.1\r\n\r\n`.length);
}
