import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { headersOf } from './raw.js';

/** A request as an app got it. */
export interface SeenRequest {
  /** First line. */
  line: string;
  headers: Record<string, string>;
  /** All bytes up to now, as latin1. */
  text(): string;
}

/** How the app answers a request; the head has arrived, the body may not have. */
export type Behaviour = (socket: Socket, request: SeenRequest) => void;

/** An app that sees bytes: it records each request and answers as told for its last path segment. */
export class RawApp {
  readonly seen: SeenRequest[] = [];

  private constructor(private readonly server: Server) {}

  /** @param behaviours last segment of the path to what it does; others are answered with 200 and `ok` */
  static async start(behaviours: Record<string, Behaviour>): Promise<RawApp> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
      let text = '';
      let answered = false;
      socket.on('data', (chunk: Buffer) => {
        // A large upload is counted elsewhere.
        if (text.length < 1 << 20) text += chunk.toString('latin1');
        const end = text.indexOf('\r\n\r\n');
        if (answered || end < 0) return;
        answered = true;
        const head = text.slice(0, end);
        const request: SeenRequest = {
          line: head.slice(0, head.indexOf('\r\n')),
          headers: headersOf(head),
          text: () => text,
        };
        app.seen.push(request);
        const segment = (request.line.split(' ')[1] ?? '').split('?', 1)[0]?.split('/').at(-1) ?? '';
        (behaviours[segment] ?? ok)(socket, request);
      });
    });
    const app = new RawApp(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    app.stop = async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    };
    return app;
  }

  stop: () => Promise<void> = async () => undefined;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The newest request. @throws {Error} when there is none */
  get last(): SeenRequest {
    const request = this.seen.at(-1);
    if (!request) throw new Error('no request has reached the app');
    return request;
  }
}

export const ok: Behaviour = (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');

/** Answers with these lines of headers beside its length. */
export const withHeaders =
  (lines: string[]): Behaviour =>
  (socket) => {
    socket.end(
      Buffer.from(
        `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\nok`,
        'latin1',
      ),
    );
  };

/** Answers with these bytes. */
export const withBytes =
  (text: string): Behaviour =>
  (socket) => {
    socket.end(Buffer.from(text, 'latin1'));
  };
