import { createHash, timingSafeEqual } from 'node:crypto';
import type { Keys } from '../config/keys.js';
import type { HostedFunction } from '../functions/function-table.js';

export type Access = 'denied' | 'allowed' | 'master';

/** The key of a request: the header decides when it is there, else the query (specification 3.4). */
export function requestKey(header: string | undefined, query: URLSearchParams): string | undefined {
  return (header ?? query.get('code') ?? '') || undefined;
}

/** `function` takes a function, host or master key; `admin` only the master key; `anonymous` ignores keys. */
export function access(fn: HostedFunction, key: string | undefined, keys: Keys): Access {
  if (key && matchesAny(key, keys.master)) return 'master';
  const level = String(fn.triggerBinding.authLevel ?? 'function').toLowerCase();
  if (level === 'anonymous') return 'allowed';
  if (level !== 'function' || !key) return 'denied';
  return matchesAny(key, [...(keys.functions.get(fn.name.toLowerCase()) ?? []), ...keys.host]) ? 'allowed' : 'denied';
}

/** Constant time per candidate; every candidate is compared. */
export function matchesAny(key: string, candidates: string[]): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(key);
  return candidates.map((candidate) => timingSafeEqual(wanted, digest(candidate))).includes(true);
}
