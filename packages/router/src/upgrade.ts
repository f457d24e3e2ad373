import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createProxyServer, type ProxyServer } from 'http-proxy-3';
import { answerOnSocket, noAnswer, upstreamAnswer, type Answer } from './answer.js';
import type { Exchange } from './exchange.js';
import { setForwarded, type TrustedProxies } from './forwarded.js';
import { routingKey, stripHopByHop } from './headers.js';
import { refusalOf } from './request-check.js';
import type { RouteTable } from './route-table.js';
import { connectionFailure } from './targets/failure.js';
import type { Upstreams } from './upstream.js';

/** Whether a request with an Upgrade header is one that `UpgradeForwarder` takes. */
export function isWebSocket(req: IncomingMessage): boolean {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Takes WebSocket upgrades to their placements and then joins the two connections. An upgrade is never asked twice. */
export class UpgradeForwarder {
  readonly #proxy: ProxyServer = createProxyServer();
  readonly #exchanges = new WeakMap<IncomingMessage, Exchange>();

  constructor(
    private readonly table: () => RouteTable,
    private readonly upstreams: Upstreams,
    private readonly trusted: () => TrustedProxies,
  ) {
    this.#proxy.on('proxyReqWs', (proxyReq, req, socket) => this.#asking(proxyReq, req, socket));
    // Only errors of the client's socket come here, each followed by the 'close' that ends the exchange.
    this.#proxy.on('error', () => undefined);
  }

  handle(req: IncomingMessage, socket: Duplex, head: Buffer, exchange: Exchange): void {
    // As above; before http-proxy-3 listens, and for the answers given here.
    socket.on('error', () => undefined);
    socket.once('close', () => exchange.end(exchange.status === 0));
    const say = (what: Answer): void => {
      exchange.status = what.status;
      exchange.bytes = answerOnSocket(socket, what, exchange.requestId);
    };
    if (!isWebSocket(req)) return say(noAnswer.badUpgrade);
    const refusal = refusalOf(req);
    if (refusal) return say(refusal);
    const key = routingKey(req);
    if (!key) return say(noAnswer.badTarget);
    const match = this.table().find(key.host, key.path);
    if (!match) return say(noAnswer.noRoute);
    exchange.service = match.service;
    const placement = match.picker.pick();
    if (!placement) return say(noAnswer.noPlacement);
    exchange.placement = placement.name;
    const targets = match.targets(placement);
    const target = targets.pick();
    if (!target) return say(noAnswer.noPlacement);
    if (targets.isNamed) exchange.target = target.name;
    stripHopByHop(req.headers, true);
    setForwarded(req, exchange.requestId, this.trusted());
    this.#exchanges.set(req, exchange);
    this.#proxy.ws(req, socket, head, this.upstreams.options(target), (error: NodeJS.ErrnoException) => {
      if (exchange.ended || exchange.error) return;
      const isSilent = error.code === 'ETIMEDOUT' && error.syscall === undefined;
      const reason = isSilent ? undefined : connectionFailure(error);
      if (exchange.status === 0 && reason !== undefined) targets.failed(target, reason);
      const code = error.code ?? error.name;
      exchange.fail(code);
      if (exchange.status === 0) say(upstreamAnswer(exchange.service, placement.name, code));
    });
  }

  #asking(proxyReq: ClientRequest, req: IncomingMessage, socket: Duplex): void {
    const exchange = this.#exchanges.get(req);
    if (!exchange) return;
    const leave = (): void => {
      proxyReq.destroy();
    };
    socket.once('close', leave);
    proxyReq.setTimeout(this.upstreams.limits.idleMs, () => {
      proxyReq.destroy(Object.assign(new Error('no answer to the upgrade'), { code: 'ETIMEDOUT' }));
    });
    proxyReq.once('upgrade', (response, upstream) => {
      socket.off('close', leave);
      exchange.upgraded = true;
      exchange.responded(101);
      response.headers['x-request-id'] = exchange.requestId;
      socket.once('close', () => upstream.destroySoon());
      // Once http-proxy-3 has joined the two; a listener before that would take the first bytes from its pipe.
      process.nextTick(() =>
        upstream.on('data', (chunk: Buffer) => {
          exchange.bytes += chunk.length;
        }),
      );
    });
    proxyReq.once('response', (response) => this.#declined(response, socket, exchange));
  }

  /** The placement answers with plain HTTP; http-proxy-3 passes that on and closes. */
  #declined(response: IncomingMessage, socket: Duplex, exchange: Exchange): void {
    exchange.responded(response.statusCode ?? 502);
    stripHopByHop(response.headers);
    response.headers.connection = 'close';
    response.headers['x-request-id'] = exchange.requestId;
    response.on('data', (chunk: Buffer) => {
      exchange.bytes += chunk.length;
    });
    response.once('close', () => {
      if (response.complete) return;
      exchange.fail('ECONNRESET');
      socket.destroy();
    });
  }
}
