import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface HttpProxyServer {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** What it was asked for: `CONNECT host:port`, or a method and a whole URL. */
  asked: string[];
  /** The logins that were shown to it. */
  logins: (string | undefined)[];
  /** A status that it answers everything with, in place of its work. */
  refuse?: number;
  stop(): Promise<void>;
}

/**
 * A forward proxy as companies have them: tunnels by CONNECT, and plain HTTP by whole URLs. Each host name leads to a port of the loopback interface; to
 * names that it does not know it answers 502.
 */
export async function startHttpProxy(names: Readonly<Record<string, number>>): Promise<HttpProxyServer> {
  const sockets = new Set<Socket>();
  const server = createServer((req, res) => {
    note(req, `${req.method} ${req.url}`);
    const url = new URL(req.url ?? '/', 'http://none');
    const port = names[url.hostname];
    if (proxy.refuse ?? (port === undefined && 502)) return void res.writeHead(proxy.refuse ?? 502).end('refused');
    const path = url.pathname + url.search;
    const onward = request({ host: '127.0.0.1', port, method: req.method, path, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  const note = (req: IncomingMessage, what: string): void => {
    proxy.asked.push(what);
    proxy.logins.push(req.headers['proxy-authorization']);
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (req: IncomingMessage, near: Socket, head: Buffer) => {
    note(req, `CONNECT ${req.url}`);
    const port = names[(req.url ?? '').replace(/:\d+$/, '')];
    if (proxy.refuse !== undefined || port === undefined)
      return void near.end(`HTTP/1.1 ${proxy.refuse ?? 502} Refused\r\ncontent-length: 0\r\n\r\n`);
    const far = connect(port, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      far.pipe(near).pipe(far);
    });
    sockets.add(far);
    far.on('error', () => near.destroy()).on('close', () => sockets.delete(far));
    near.on('error', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: HttpProxyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    logins: [],
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
