import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer, type ProxyServer } from 'http-proxy-3';
import { answer, noAnswer, upstreamAnswer, type Answer } from './answer.js';
import { Attempt } from './attempt.js';
import type { Exchange } from './exchange.js';
import { setForwarded, TrustedProxies } from './forwarded.js';
import { headersTooLarge, routingKey, stripHopByHop, targetHeader } from './headers.js';
import { Outages } from './outages.js';
import { refusalOf } from './request-check.js';
import type { RouteTable } from './route-table.js';
import type { Placement, Target } from './state.js';
import { connectionFailure } from './targets/failure.js';
import type { TargetPicker } from './targets/target-picker.js';
import { readyEvent, type Upstreams } from './upstream.js';

/** Takes plain HTTP requests to their placements, streaming both ways. */
export class HttpForwarder {
  readonly #proxy: ProxyServer = createProxyServer();
  readonly #attempts = new WeakMap<IncomingMessage, Attempt>();

  /** @param trusted proxies that say who asked; of requests that another proxy has routed it is not asked */
  constructor(
    private readonly table: () => RouteTable,
    private readonly upstreams: Upstreams,
    private readonly trusted: () => TrustedProxies = () => new TrustedProxies(),
    private readonly outages = new Outages(upstreams.limits),
  ) {
    this.#proxy.on('proxyReq', (proxyReq, req, _res, _options, socket) => this.#connecting(proxyReq, req, socket));
    this.#proxy.on('proxyRes', (proxyRes, req, res) => this.#responding(proxyRes, req, res));
  }

  /** @param closing tells whether the client's connection must end with this response */
  handle(req: IncomingMessage, res: ServerResponse, exchange: Exchange, closing: () => boolean): void {
    whenClosed(req, res, exchange);
    res.setHeader('x-request-id', exchange.requestId);
    const say = (what: Answer): void => this.#say(res, exchange, what, closing());
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
    stripHopByHop(req.headers);
    if (req.headers.expect?.toLowerCase() === '100-continue') res.writeContinue();
    delete req.headers.expect;
    setForwarded(req, exchange.requestId, this.trusted());
    const attempt = new Attempt(req, res, exchange, placement, match.targets(placement), closing, say);
    this.#watchBody(attempt);
    this.#send(attempt);
  }

  /**
   * Takes a request that another proxy has routed, and that a target gave no answer to, to its placement.
   * @param giveUp tells that proxy that it failed
   */
  pass(
    req: IncomingMessage,
    res: ServerResponse,
    exchange: Exchange,
    failed: { placement: Placement; target: Target; targets: TargetPicker },
    giveUp: (what: Answer) => void,
  ): void {
    const { placement, target, targets } = failed;
    whenClosed(req, res, exchange);
    exchange.placement = placement.name;
    stripHopByHop(req.headers);
    const attempt = new Attempt(req, res, exchange, placement, targets, () => true, giveUp, 1, target);
    attempt.tellsTarget = targets.isNamed;
    this.#send(attempt);
  }

  /** A client that sends no more of its body holds neither its connection nor a placement. */
  #watchBody(attempt: Attempt): void {
    const { req, res, exchange } = attempt;
    if (!attempt.hasBody) return;
    const { bodyMs } = this.upstreams.limits;
    // Else Node would end the connection when the body is complete and the placement takes longer than that.
    res.on('timeout', () => undefined);
    req.setTimeout(bodyMs, () => {
      if (exchange.ended) return;
      if (req.readableFlowing !== true || req.readableLength > 0) return void req.setTimeout(bodyMs);
      attempt.cut();
      if (res.headersSent) return void res.destroy();
      this.#say(res, exchange, noAnswer.slowRequest, true);
    });
  }

  #send(attempt: Attempt): void {
    const { req, res, target, body } = attempt;
    if (!target) return attempt.giveUp(noAnswer.noPlacement);
    this.#attempts.set(req, attempt);
    const { isLast } = attempt;
    const options = { ...this.upstreams.options(target, isLast), buffer: body, headers: { connection: 'close' } };
    const failed = (error: NodeJS.ErrnoException): void => this.#failed(attempt, error);
    try {
      this.#proxy.web(req, res, options, failed);
    } catch (error) {
      // Node's client is stricter than its server about what a request may hold.
      failed(error as NodeJS.ErrnoException);
    }
  }

  #connecting(proxyReq: ClientRequest, req: IncomingMessage, socket: Socket): void {
    const attempt = this.#attempts.get(req);
    if (!attempt?.target) return;
    attempt.proxyReq = proxyReq;
    proxyReq.once('timeout', () => {
      attempt.timedOut = true;
    });
    socket.once(readyEvent(attempt.target), () => attempt.start(proxyReq, socket, this.outages));
  }

  #responding(proxyRes: IncomingMessage, req: IncomingMessage, res: ServerResponse): void {
    const attempt = this.#attempts.get(req);
    if (!attempt) return;
    const { exchange } = attempt;
    attempt.response = proxyRes;
    if (headersTooLarge(proxyRes)) {
      attempt.cut();
      exchange.fail('HPE_HEADER_OVERFLOW');
      return this.#say(
        res,
        exchange,
        upstreamAnswer(exchange.service, attempt.placement.name, 'BAD_GATEWAY'),
        attempt.closing(),
      );
    }
    exchange.responded(proxyRes.statusCode ?? 502);
    stripHopByHop(proxyRes.headers);
    // Node's server refuses to send what its client lets through here.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(proxyRes.statusMessage ?? '')) proxyRes.statusMessage = '';
    res.sendDate = false;
    proxyRes.headers['x-request-id'] = exchange.requestId;
    if (attempt.tellsTarget) proxyRes.headers[targetHeader] = attempt.target?.name;
    proxyRes.headers.connection = res.shouldKeepAlive && !attempt.closing() ? 'keep-alive' : 'close';
    proxyRes.on('data', (chunk: Buffer) => {
      exchange.bytes += chunk.length;
    });
    proxyRes.once('close', () => {
      if (!proxyRes.complete) this.#failed(attempt, { code: 'ECONNRESET' });
    });
    // An event stream may stay silent for long after its headers; others send headers and first bytes as one packet.
    setImmediate(() => {
      if (!res.headersSent && !res.destroyed) res.flushHeaders();
    });
  }

  #failed(attempt: Attempt, error: Pick<NodeJS.ErrnoException, 'code'> & { name?: string }): void {
    const { exchange, res, placement, response, target, targets } = attempt;
    if (exchange.ended || exchange.error || attempt.isCut || response?.complete) return;
    // A client that does not take its response is not the placement's fault.
    if (response && attempt.timedOut && res.writableNeedDrain) return void res.destroy();
    const code = attempt.timedOut ? 'ETIMEDOUT' : (error.code ?? error.name ?? '');
    if (response) {
      exchange.fail(code);
      res.destroy();
      return;
    }
    // Silence alone does not take a target out: what it was asked may take that long anywhere.
    const reason = attempt.timedOut ? undefined : connectionFailure(error);
    if (target && reason !== undefined) targets.failed(target, reason);
    const pauseMs = attempt.retry({ code, reason }, this.outages, this.upstreams.limits);
    if (pauseMs !== undefined) return this.#sendAfter(pauseMs, attempt);
    exchange.fail(code);
    attempt.giveUp(upstreamAnswer(exchange.service, placement.name, code));
  }

  #sendAfter(pauseMs: number, attempt: Attempt): void {
    const { res, exchange } = attempt;
    const release = this.outages.hold();
    const timer = setTimeout(() => {
      res.off('close', leave);
      release();
      if (!exchange.ended) this.#send(attempt);
    }, pauseMs);
    const leave = (): void => {
      clearTimeout(timer);
      release();
    };
    res.once('close', leave);
  }

  #say(res: ServerResponse, exchange: Exchange, what: Answer, close: boolean): void {
    exchange.status = what.status;
    exchange.bytes = answer(res, what, close);
  }
}

function whenClosed(req: IncomingMessage, res: ServerResponse, exchange: Exchange): void {
  res.once('close', () => {
    exchange.end(!res.writableFinished);
    // A response can come before its request's end; the rest must not stand in the way of the connection's next
    // request.
    if (!req.complete) req.unpipe().resume();
  });
}
