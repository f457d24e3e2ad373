import type { InvocationRequest } from '../core/contract.js';
import type { Ids } from './ids.js';

const form = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Keeps the caller's trace id with a fresh span id; starts a trace where there is none (specification 7). */
export function traceContext(ids: Ids, traceParent?: string, traceState?: string): InvocationRequest['traceContext'] {
  const match = traceParent === undefined ? null : form.exec(traceParent);
  if (!match) {
    const hex = ids.hex(24);
    return { traceParent: `00-${hex.slice(0, 32)}-${hex.slice(32)}-00`, traceState: '', attributes: {} };
  }
  return { traceParent: `00-${match[1]}-${ids.hex(8)}-${match[2]}`, traceState: traceState ?? '', attributes: {} };
}
