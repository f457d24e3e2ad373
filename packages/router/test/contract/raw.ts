import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire; headers in lower case, those that came twice joined by a comma. */
export interface RawAnswer {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: string;
  /** Statuses of the 1xx before it. */
  informational: number[];
  /** The other side ended the connection. */
  ended: boolean;
  /** All bytes, as latin1. */
  text: string;
}

/** A connection on which requests are sent byte by byte. */
export class RawConnection {
  #text = '';
  #ended = false;
  #changed = Promise.withResolvers<void>();

  private constructor(readonly socket: Socket) {
    const change = (): void => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      change();
    });
    socket
      .on('close', () => {
        this.#ended = true;
        change();
      })
      .on('error', () => undefined);
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  /** Bytes, one a character. */
  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** The next answer, or what is there when the other side ends or nothing more comes for that long. */
  async answer(withinMs = 10_000, isHead = false): Promise<RawAnswer> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const parsed = parse(this.#text, isHead, this.#ended);
      if (parsed.rest !== undefined) this.#text = parsed.rest;
      if (parsed.rest !== undefined || this.#ended || Date.now() > deadline)
        return { ...parsed.answer, ended: this.#ended };
      await this.#wait(Math.min(250, withinMs));
    }
  }

  /** Whether the other side ends the connection in that time. */
  async endsWithin(ms: number): Promise<boolean> {
    const deadline = Date.now() + ms;
    while (!this.#ended && Date.now() < deadline) await this.#wait(20);
    return this.#ended;
  }

  /** What came and was not taken as an answer. */
  get unread(): string {
    return this.#text;
  }

  close(): void {
    this.socket.destroy();
  }

  async #wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      this.#changed.promise,
      new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
    ]);
    clearTimeout(timer);
  }
}

/** One request on a connection of its own. */
export async function rawRequest(port: number, text: string, isHead = text.startsWith('HEAD ')): Promise<RawAnswer> {
  const connection = await RawConnection.open(port);
  connection.send(text);
  const answer = await connection.answer(10_000, isHead);
  connection.close();
  return answer;
}

/** @returns `rest` when an answer is complete: what follows it */
function parse(text: string, isHead: boolean, ended: boolean): { answer: RawAnswer; rest?: string } {
  const informational: number[] = [];
  let from = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', from);
    const head = end < 0 ? '' : text.slice(from, end);
    const [, code = '0', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)/.exec(head) ?? [];
    const answer: RawAnswer = {
      status: Number(code),
      reason,
      headers: headersOf(head),
      body: end < 0 ? '' : text.slice(end + 4),
      informational,
      ended,
      text,
    };
    if (end < 0 || answer.status === 0) return { answer };
    if (answer.status < 200 && answer.status !== 101) {
      informational.push(answer.status);
      from = end + 4;
      continue;
    }
    const length = lengthOf(answer, isHead, ended);
    if (length === undefined || answer.body.length < length) return { answer };
    return { answer: { ...answer, body: answer.body.slice(0, length) }, rest: answer.body.slice(length) };
  }
}

function lengthOf({ status, headers, body }: RawAnswer, isHead: boolean, ended: boolean): number | undefined {
  if (isHead || status === 204 || status === 304 || status === 101) return 0;
  if (headers['transfer-encoding']) return body.includes('0\r\n\r\n') ? body.indexOf('0\r\n\r\n') + 5 : undefined;
  if (headers['content-length'] !== undefined) return Number(headers['content-length']);
  return ended ? body.length : undefined;
}

/** The headers of a message's head, without its first line. */
export function headersOf(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of head.split('\r\n').slice(1)) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    const value = line.slice(at + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}
