import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Answer } from './answer.js';
import type { Exchange } from './exchange.js';
import type { Outages } from './outages.js';
import type { Placement, Target } from './state.js';
import type { TargetPicker } from './targets/target-picker.js';
import type { UpstreamLimits } from './upstream.js';

const refusedCodes = new Set(['ECONNREFUSED', 'ECONNRESET']);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const longestPauseMs = 400;
/** A worker that dies takes what waits at its socket along, so the second try may meet the same end. */
const mostRepeats = 3;

/** Why a request got no answer. */
export interface Failure {
  code: string;
  /** What its target is to be taken out for; undefined where the request or the answer is at fault. */
  reason: string | undefined;
}

/** A request on its way to its placement: only a safe one is sent more than once, always to the same placement. */
export class Attempt {
  response: IncomingMessage | undefined;
  timedOut = false;
  /** The request on its way, once it has a socket. */
  proxyReq: ClientRequest | undefined;
  /** Another proxy is to learn which target has answered. */
  tellsTarget = false;
  /** It was ended for a reason of the client's. */
  isCut = false;
  /** Stands between client and upstream: nothing is read from the client before the upstream is connected. */
  body = new PassThrough();
  readonly #chunked: boolean;
  readonly hasBody: boolean;
  /** When and on which connection the request was sent; undefined while none was made. */
  #sent: { atMs: number; socket: Socket; heard: number } | undefined;
  #pauses = 0;
  readonly #begunAt = performance.now();
  #target: Target | undefined;
  /** Names of the targets that gave it no answer since it last waited. */
  readonly #tried: Set<string>;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    readonly exchange: Exchange,
    readonly placement: Placement,
    readonly targets: TargetPicker,
    /** Whether the client's connection must end with this response. */
    readonly closing: () => boolean,
    /** Tells the client that its request failed. */
    readonly giveUp: (what: Answer) => void,
    /** How often it was sent once more. */
    private repeats = 0,
    /** Another proxy has sent it there, and got no answer. */
    failed?: Target,
  ) {
    this.#tried = new Set(failed ? [failed.name] : []);
    this.#use(targets.pick(this.#tried) ?? failed);
    this.#chunked = req.headers['transfer-encoding'] !== undefined;
    this.hasBody = this.#chunked || Number(req.headers['content-length'] ?? 0) > 0;
  }

  /** Where it is sent to; undefined when the placement has nobody who takes requests. */
  get target(): Target | undefined {
    return this.#target;
  }

  /** Whether no other target is there to be asked when this one takes no connection. */
  get isLast(): boolean {
    return !this.targets.hasOther(new Set([...this.#tried, this.#target?.name ?? '']));
  }

  /** The upstream can take the request now. */
  start(proxyReq: ClientRequest, socket: Socket, outages: Outages): void {
    this.#sent = { atMs: performance.now(), socket, heard: socket.bytesRead };
    if (this.#target) outages.reached(this.#target.url);
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
   * that was only just sent. Another target of the placement is asked at once, the same one after a pause.
   * @returns the pause before, in milliseconds; undefined when the failure stands
   */
  retry(failure: Failure, outages: Outages, limits: UpstreamLimits): number | undefined {
    const target = this.#target;
    if (this.timedOut || this.response || !target) return undefined;
    const maySend = this.#sent ? this.#mayRepeat(failure.code, limits) : failure.reason !== undefined;
    if (!maySend) return undefined;
    const mayWait = this.#sent ? true : refusedCodes.has(failure.code) && this.#mayWait(target, outages);
    this.#tried.add(target.name);
    const other = this.#isInTime(limits) ? this.targets.pick(this.#tried) : undefined;
    if (!other && !mayWait) return undefined;
    this.req.unpipe(this.body);
    this.body = new PassThrough();
    this.#sent = undefined;
    this.exchange.retried = true;
    this.#use(other ?? this.#anew() ?? target);
    if (other) return 0;
    this.#pauses += 1;
    return Math.min(limits.retryMs * 2 ** (this.#pauses - 1), Math.max(limits.retryMs, longestPauseMs));
  }

  #use(target: Target | undefined): void {
    this.#target = target;
    if (this.targets.isNamed) this.exchange.target = target?.name;
  }

  /** All have failed: the next one in turn is asked, as if none had. */
  #anew(): Target | undefined {
    this.#tried.clear();
    return this.targets.pick();
  }

  /** Targets that take no connection are not asked one after the other without end. */
  #isInTime({ connectMs }: UpstreamLimits): boolean {
    return this.#pauses > 0 || performance.now() - this.#begunAt < connectMs;
  }

  /** One more try is always made, more only where the placement may be back in a moment. */
  #mayWait({ url }: Target, outages: Outages): boolean {
    return outages.refused(url) || this.#pauses === 0;
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
