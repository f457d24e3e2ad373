import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Exchange } from './exchange.js';
import type { Placement } from './state.js';

const refusedCodes = new Set(['ECONNREFUSED', 'ECONNRESET']);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request on its way to its placement; asked at most twice, always of the same placement. */
export class Attempt {
  response: IncomingMessage | undefined;
  timedOut = false;
  /** Stands between client and upstream: nothing is read from the client before the upstream is connected. */
  body = new PassThrough();
  readonly #chunked: boolean;
  readonly #hasBody: boolean;
  #connected = false;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    readonly exchange: Exchange,
    readonly placement: Placement,
    /** Whether the client's connection must end with this response. */
    readonly closing: () => boolean,
  ) {
    this.#chunked = req.headers['transfer-encoding'] !== undefined;
    this.#hasBody = this.#chunked || Number(req.headers['content-length'] ?? 0) > 0;
  }

  /** The upstream can take the request now. */
  start(proxyReq: ClientRequest): void {
    this.#connected = true;
    if (this.#chunked) {
      // http-proxy-3 declares DELETE and OPTIONS without a length to be empty; the body would then follow as a second request.
      proxyReq.removeHeader('content-length');
      proxyReq.setHeader('transfer-encoding', 'chunked');
    }
    if (this.#hasBody) proxyReq.flushHeaders();
    this.req.pipe(this.body);
  }

  /** Makes ready to ask once more where that can't do anything twice: nothing was sent, or a safe request without a body. */
  retry(code: string): boolean {
    if (this.exchange.retried || this.timedOut || this.response || !refusedCodes.has(code)) return false;
    const safe = safeMethods.has(this.req.method ?? '') && !this.#hasBody && code === 'ECONNRESET';
    if (this.#connected && !safe) return false;
    this.req.unpipe(this.body);
    this.body = new PassThrough();
    this.#connected = false;
    this.exchange.retried = true;
    return true;
  }
}
