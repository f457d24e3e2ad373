import type { IncomingMessage, ServerResponse } from 'node:http';
import { getSetting, isTrue, type Env } from '../config/settings.js';

export interface CorsRules {
  origins: string[];
  credentials: boolean;
}

/** CORS_ALLOWED_ORIGINS (a JSON array) and CORS_SUPPORT_CREDENTIALS; undefined when not set (specification 3.10). */
export function corsRules(env: Env): CorsRules | undefined {
  const raw = getSetting(env, 'CORS_ALLOWED_ORIGINS');
  if (!raw) return undefined;
  const origins: unknown = JSON.parse(raw);
  if (!Array.isArray(origins)) throw new Error('CORS_ALLOWED_ORIGINS must be a JSON array of origins.');
  return { origins: origins.map(String), credentials: isTrue(getSetting(env, 'CORS_SUPPORT_CREDENTIALS')) };
}

/** Sets the CORS headers; true when the request was a preflight and is answered (204, before authorisation). */
export function applyCors(req: IncomingMessage, res: ServerResponse, rules: CorsRules | undefined): boolean {
  const origin = req.headers.origin;
  if (!rules || !origin) return false;
  const any = rules.origins.includes('*');
  const allowed = any || rules.origins.some((candidate) => candidate.replace(/\/$/, '').toLowerCase() === origin.toLowerCase());
  const wanted = req.headers['access-control-request-method'];
  if (!any || rules.credentials) res.setHeader('Vary', 'Origin');
  if (allowed) {
    res.setHeader('Access-Control-Allow-Origin', any && !rules.credentials ? '*' : origin);
    if (rules.credentials) res.setHeader('Access-Control-Allow-Credentials', 'true');
  }
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
