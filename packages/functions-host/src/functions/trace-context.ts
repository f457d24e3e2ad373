import { randomBytes } from 'node:crypto';
import type { InvocationRequest } from '../core/contract.js';

/** Keeps the caller's trace id with a fresh span id; starts a trace where there is none (specification 7). */
export function traceContext(traceParent?: string, traceState?: string): InvocationRequest['traceContext'] {
  const match = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(traceParent ?? '');
  const trace = match?.[1] ?? randomBytes(16).toString('hex');
  const span = randomBytes(8).toString('hex');
  return { traceParent: `00-${trace}-${span}-${match?.[2] ?? '00'}`, traceState: match ? (traceState ?? '') : '', attributes: {} };
}
