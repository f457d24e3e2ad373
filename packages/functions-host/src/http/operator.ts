import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keys } from '../config/keys.js';
import type { HostState } from '../lifecycle/state.js';
import { matchesAny, requestKey } from './auth.js';
import { sendJson } from './json-answer.js';
import type { RequestParts } from './request.js';
import { endEmpty } from './respond.js';

export interface OperatorContext {
  keys: Keys;
  state: HostState;
  /** The metrics as Prometheus text. */
  metrics?: () => Promise<string>;
}

/**
 * Any of these says that a proxy passed the request on: the caller then is somebody else than the connection's other
 * end.
 */
const forwarding = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via'];

/**
 * `/_fanops/health` and `/_fanops/metrics`. Whoever asks from this machine without a proxy, or has the master key, gets
 * everything; others get the bare status, and no metrics (401).
 */
export async function handleOperator(
  context: OperatorContext,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  const insider = isDirectFromHere(req) || hasMasterKey(context.keys, parts);
  if (parts.method !== 'GET') return endEmpty(res, 404);
  if (path === '/_fanops/health') {
    const health = context.state.health();
    return sendJson(res, insider ? health : { status: health.status }, context.state.healthy ? 200 : 503);
  }
  if (path !== '/_fanops/metrics' || !context.metrics) return endEmpty(res, 404);
  if (!insider) return endEmpty(res, 401);
  const text = await context.metrics();
  res.statusCode = 200;
  res.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  res.setHeader('cache-control', 'no-store');
  res.end(text);
}

function hasMasterKey(keys: Keys, parts: RequestParts): boolean {
  const key = requestKey(parts);
  return key !== undefined && matchesAny(key, keys.master);
}

/** A connection of this machine with itself, on loopback or on an address of its own. */
function isDirectFromHere({ socket, headers }: IncomingMessage): boolean {
  if (forwarding.some((name) => headers[name] !== undefined)) return false;
  const remote = socket.remoteAddress?.replace(/^::ffff:/, '');
  return (
    remote !== undefined &&
    (remote.startsWith('127.') || remote === '::1' || remote === socket.localAddress?.replace(/^::ffff:/, ''))
  );
}
