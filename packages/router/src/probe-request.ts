import { randomUUID } from 'node:crypto';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { at, ProbeError, toProbeError } from './probe-error.js';
import { connectAddresses, tlsOptions, type ProbeContext } from './probe-path.js';
import type { Endpoint, HealthRequest } from './state.js';

/** Milliseconds for a connection, and until the answer's head. */
export interface ProbeLimits {
  connectMs: number;
  answerMs: number;
}

/** The answer to a probe: its status, the first part of its body, and the address that gave it. */
export interface ProbeAnswer {
  status: number;
  body: string;
  address: string;
}

/** Bytes of a body that are looked at, and milliseconds that are waited for them once the head is there. */
const BODY_BYTES = 64 << 10;
const BODY_MS = 2000;

/** The URL that a probe asks. */
export function probeUrl({ url }: Pick<Endpoint, 'url'>, { path }: HealthRequest): URL {
  const base = new URL(url);
  return new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`);
}

/** @param users the host that users name, where the route has one */
function headersOf(
  endpoint: Endpoint,
  ask: HealthRequest,
  users: string | undefined,
  tls: boolean,
): Record<string, string> {
  const url = new URL(endpoint.url);
  const isUpstream = (endpoint.hostHeader ?? (url.protocol === 'https:' ? 'upstream' : 'preserve')) === 'upstream';
  const client = users ?? url.host;
  return {
    accept: '*/*',
    'user-agent': 'fanops-probe',
    ...ask.headers,
    host: isUpstream ? url.host : client,
    connection: 'close',
    'x-forwarded-host': client,
    'x-forwarded-proto': tls ? 'https' : 'http',
    'x-request-id': randomUUID(),
  };
}

/**
 * Asks a target once, at the very address and by the same Host, TLS and address family as the engine would.
 * @throws {ProbeError} when there is no answer
 */
export async function probeOnce(
  endpoint: Endpoint,
  ask: HealthRequest,
  users: string | undefined,
  context: ProbeContext,
  limits: ProbeLimits,
): Promise<ProbeAnswer> {
  const url = probeUrl(endpoint, ask);
  const tls = url.protocol === 'https:' ? await tlsOptions(endpoint, context) : undefined;
  const addresses = await connectAddresses(url.hostname, context);
  const options = {
    method: ask.method ?? 'GET',
    path: url.pathname + url.search,
    port: Number(url.port || (tls ? 443 : 80)),
    agent: false as const,
    ...tls,
    headers: headersOf(endpoint, ask, users, context.tls !== undefined),
  };
  let last: ProbeError | undefined;
  for (const address of addresses) {
    const host = address ?? url.hostname;
    try {
      return await send((tls ? requestHttps : requestHttp)({ ...options, host }), tls !== undefined, limits);
    } catch (error) {
      last = toProbeError(error);
      last.address ??= address && at(address, options.port);
      if (!['refused', 'unreachable', 'timeout'].includes(last.kind)) break;
    }
  }
  throw last ?? new ProbeError('resolve', 'ENOTFOUND', `the name ${url.hostname} has no address`);
}

function send(req: ClientRequest, secure: boolean, { connectMs, answerMs }: ProbeLimits): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    let address = '';
    const after = (ms: number, what: string): NodeJS.Timeout =>
      setTimeout(() => {
        req.destroy(new ProbeError('timeout', 'ETIMEDOUT', `${what} within ${ms / 1000} s`));
      }, ms);
    const connecting = after(connectMs, 'no connection');
    const answering = after(connectMs + answerMs, 'no answer');
    const end = (): void => [connecting, answering].forEach(clearTimeout);
    req.once('socket', (socket: Socket) =>
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(connecting);
        address = at(socket.remoteAddress ?? '', socket.remotePort);
      }),
    );
    req.once('error', (error) => {
      end();
      const named = toProbeError(error);
      named.address ??= address || undefined;
      reject(named);
    });
    req.once('response', (res) => {
      end();
      const status = res.statusCode ?? 0;
      firstPart(res)
        .then((body) => resolve({ status, body, address }), reject)
        .finally(() => req.destroy());
    });
    req.end();
  });
}

/** The beginning of a body. One that goes on, such as an event stream, is not waited for. */
async function firstPart(res: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    res.destroy();
  }, BODY_MS);
  try {
    for await (const chunk of res) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= BODY_BYTES) break;
    }
  } catch (error) {
    if (!isLate) throw error;
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).toString('utf8');
}
