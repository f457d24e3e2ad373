import type { IncomingMessage } from 'node:http';
import { requestIdOf } from './headers.js';

/** One line of `access.log`: a finished request. `-` stands for a service or placement that no route gave. */
export interface AccessEntry {
  /** Time of the end, ISO 8601. */
  time: string;
  service: string;
  placement: string;
  /** Of a placement with targets: the one that answered, or that failed last. */
  target?: string;
  method: string;
  /** Without the query. */
  path: string;
  /** As sent to the client; 499 when the client left first (nginx's number). */
  status: number;
  /** Milliseconds from the request's headers to the end of the response; of an upgrade, the life of the connection. */
  ms: number;
  /** Bytes of the response's body. */
  bytes: number;
  requestId: string;
  /** Milliseconds until the upstream's response headers. */
  upstreamMs?: number;
  /** Why the placement failed: a system error code, or ETIMEDOUT. */
  error?: string;
  client?: 'aborted';
  upgrade?: true;
  /** The placement was asked a second time. */
  retried?: true;
  /** With HAProxy: its two letters for how the request ended (`%ts`); `--` is well. */
  end?: string;
}

/** What the router knows of one request while it lasts; ends exactly once, with one log entry. */
export class Exchange {
  readonly requestId: string;
  bytes = 0;
  status = 0;
  service = '-';
  placement = '-';
  target: string | undefined;
  upgraded = false;
  retried = false;
  ended = false;
  error: string | undefined;
  readonly #method: string;
  readonly #path: string;
  readonly #startedAt = performance.now();
  #upstreamMs: number | undefined;

  constructor(
    req: IncomingMessage,
    private readonly log: (entry: AccessEntry) => void,
  ) {
    this.requestId = requestIdOf(req);
    this.#method = req.method ?? '';
    this.#path = (req.url ?? '').split('?', 1)[0] ?? '';
  }

  /** The upstream's response headers are here. */
  responded(status: number): void {
    this.status = status;
    this.#upstreamMs = this.#elapsed();
  }

  /** The placement's fault; the first one counts. */
  fail(code: string): void {
    this.error ??= code;
  }

  /** @param aborted the client left before it had the whole response */
  end(aborted: boolean): void {
    if (this.ended) return;
    this.ended = true;
    const byClient = aborted && !this.error && !this.upgraded;
    this.log({
      time: new Date().toISOString(),
      service: this.service,
      placement: this.placement,
      ...(this.target !== undefined && { target: this.target }),
      method: this.#method,
      path: this.#path,
      status: byClient ? 499 : this.status,
      ms: this.#elapsed(),
      bytes: this.bytes,
      requestId: this.requestId,
      ...(this.#upstreamMs !== undefined && { upstreamMs: this.#upstreamMs }),
      ...(this.error && { error: this.error }),
      ...(byClient && { client: 'aborted' as const }),
      ...(this.upgraded && { upgrade: true as const }),
      ...(this.retried && { retried: true as const }),
    });
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#startedAt) * 10) / 10;
  }
}
