import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Answer } from './answer.js';
import type { Exchange } from './exchange.js';
import type { Outages } from './outages.js';
import type { Placement } from './state.js';
import type { UpstreamLimits } from './upstream.js';

const refusedCodes = new Set(['ECONNREFUSED', 'ECONNRESET']);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const longestPauseMs = 400;
/** A worker that dies takes what waits at its socket along, so the second try may meet the same end. */
const mostRepeats = 3;

/** A request on its way to its placement: only a safe one is sent more than once, always to the same placement. */
export class Attempt {
  response: IncomingMessage | undefined;
  timedOut = false;
  /** The request on its way, once it has a socket. */
  proxyReq: ClientRequest | undefined;
  /** It was ended for a reason of the client's. */
  isCut = false;
  /** Stands between client and upstream: nothing is read from the client before the upstream is connected. */
  body = new PassThrough();
  readonly #chunked: boolean;
  readonly hasBody: boolean;
  /** When and on which connection the request was sent; undefined while none was made. */
  #sent: { atMs: number; socket: Socket; heard: number } | undefined;
  #pauses = 0;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    readonly exchange: Exchange,
    readonly placement: Placement,
    /** Whether the client's connection must end with this response. */
    readonly closing: () => boolean,
    /** Tells the client that its request failed. */
    readonly giveUp: (what: Answer) => void,
    /** How often it was sent once more. */
    private repeats = 0,
  ) {
    this.#chunked = req.headers['transfer-encoding'] !== undefined;
    this.hasBody = this.#chunked || Number(req.headers['content-length'] ?? 0) > 0;
  }

  /** The upstream can take the request now. */
  start(proxyReq: ClientRequest, socket: Socket, outages: Outages): void {
    this.#sent = { atMs: performance.now(), socket, heard: socket.bytesRead };
    outages.reached(this.placement.url);
    if (this.#chunked) {
      // http-proxy-3 declares DELETE and OPTIONS without a length to be empty; the body would then follow as a second
      // request.
      proxyReq.removeHeader('content-length');
      proxyReq.setHeader('transfer-encoding', 'chunked');
    }
    if (this.hasBody) proxyReq.flushHeaders();
    this.req.pipe(this.body);
  }

  /** Gives the request to the placement up. */
  cut(): void {
    this.isCut = true;
    this.req.unpipe(this.body);
    this.proxyReq?.destroy();
  }

  /**
   * Makes ready to ask once more where that can't do anything twice: nothing was sent, or a safe request without a body
   * that was only just sent.
   * @returns the pause before, in milliseconds; undefined when the failure stands
   */
  retry(code: string, outages: Outages, limits: UpstreamLimits): number | undefined {
    if (this.timedOut || this.response || !refusedCodes.has(code)) return undefined;
    if (this.#sent ? !this.#mayRepeat(code, limits) : !this.#mayWait(outages)) return undefined;
    this.req.unpipe(this.body);
    this.body = new PassThrough();
    this.#sent = undefined;
    this.exchange.retried = true;
    this.#pauses += 1;
    return Math.min(limits.retryMs * 2 ** (this.#pauses - 1), Math.max(limits.retryMs, longestPauseMs));
  }

  /** One more try is always made, more only where the placement may be back in a moment. */
  #mayWait(outages: Outages): boolean {
    return outages.refused(this.placement.url) || this.#pauses === 0;
  }

  #mayRepeat(code: string, { repeatMs }: UpstreamLimits): boolean {
    const safe = safeMethods.has(this.req.method ?? '') && !this.hasBody && code === 'ECONNRESET';
    const silent = this.#sent !== undefined && this.#sent.socket.bytesRead === this.#sent.heard;
    if (!safe || !silent || this.repeats >= mostRepeats || performance.now() - (this.#sent?.atMs ?? 0) >= repeatMs)
      return false;
    this.repeats += 1;
    return true;
  }
}
