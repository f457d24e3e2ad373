import { timingSafeEqual } from 'node:crypto';
import { keyDigest, type Keys, type NamedKey } from '../config/keys.js';
import type { HostedFunction } from '../functions/function-table.js';

export type Access = 'denied' | 'allowed' | 'master';

/** Where a request's key may be. `query` is asked for only when it is needed, as parsing it costs. */
export interface KeyedRequest {
  headers: Record<string, string | undefined>;
  query: URLSearchParams;
}

/** The key of a request: the header decides when it is there, else the query (specification 3.4). */
export function requestKey(request: KeyedRequest): string | undefined {
  return (request.headers['x-functions-key'] ?? request.query.get('code') ?? '') || undefined;
}

/** `function` takes a function, host or master key; `admin` only the master key; `anonymous` ignores keys. */
export function access(fn: HostedFunction, request: KeyedRequest, keys: Keys): Access {
  const level = String(fn.triggerBinding.authLevel ?? 'function').toLowerCase();
  // only a disabled function has a use for the master key here
  if (level === 'anonymous' && !fn.disabled) return 'allowed';
  const key = requestKey(request);
  if (key && matchesAny(key, keys.master)) return 'master';
  if (level === 'anonymous') return 'allowed';
  if (level !== 'function' || !key) return 'denied';
  const own = keys.functions.get(fn.name.toLowerCase()) ?? [];
  return matchesAny(key, own.length > 0 ? [...own, ...keys.host] : keys.host) ? 'allowed' : 'denied';
}

/** Constant time per candidate; every candidate is compared. */
export function matchesAny(key: string, candidates: NamedKey[]): boolean {
  if (candidates.length === 0) return false;
  const wanted = keyDigest(key);
  return candidates.map(({ digest }) => timingSafeEqual(wanted, digest)).includes(true);
}
