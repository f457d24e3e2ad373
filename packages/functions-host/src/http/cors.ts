import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CorsRules } from '../config/cors-rules.js';

/**
 * Sets the CORS headers; true when the request was a preflight and is answered: 204, before keys are judged
 * (specification 3.10).
 */
export function applyCors(req: IncomingMessage, res: ServerResponse, rules: CorsRules | undefined): boolean {
  const origin = req.headers.origin;
  if (!rules || !origin) return false;
  const allowed = rules.any || rules.origins.includes(origin.toLowerCase());
  const own: Record<string, string> = {};
  if (!rules.any || rules.credentials) own.Vary = 'Origin';
  if (allowed) {
    own['Access-Control-Allow-Origin'] = rules.any && !rules.credentials ? '*' : origin;
    if (rules.credentials) own['Access-Control-Allow-Credentials'] = 'true';
  }
  setForGood(res, own);
  const wanted = req.headers['access-control-request-method'];
  if (req.method !== 'OPTIONS' || !wanted) return false;
  if (allowed) {
    res.setHeader('Access-Control-Allow-Methods', wanted);
    const headers = req.headers['access-control-request-headers'];
    if (headers) res.setHeader('Access-Control-Allow-Headers', headers);
  }
  res.statusCode = 204;
  res.end();
  return true;
}

/**
 * The platform sets its headers last: what a function says of them does not count, but for its Vary, which is added.
 */
function setForGood(res: ServerResponse, own: Record<string, string>): void {
  for (const [name, value] of Object.entries(own)) res.setHeader(name, value);
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const set = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const lower = name.toLowerCase();
    if (!names.has(lower)) return set(name, value);
    return lower === 'vary' ? set(name, [own.Vary, value].flat().join(', ')) : res;
  };
}
