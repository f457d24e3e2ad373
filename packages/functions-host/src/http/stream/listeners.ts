import { Server as HttpServer } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';

export interface ListenWatch {
  /** The HTTP server of this process that listens at `url`, if it began to while this watched. */
  serverAt(url: string): HttpServer | undefined;
  end(): void;
}

/** Notes the HTTP servers that begin to listen: the library opens one for streaming and tells only its address. */
export function watchListening(): ListenWatch {
  const original = NetServer.prototype.listen;
  const seen: HttpServer[] = [];
  const listen = function (this: NetServer, ...args: Parameters<NetServer['listen']>): NetServer {
    if (this instanceof HttpServer) seen.push(this);
    return original.apply(this, args);
  } as NetServer['listen'];
  NetServer.prototype.listen = listen;
  return {
    serverAt(url) {
      const port = Number(new URL(url).port);
      return seen.find((server) => (server.address() as AddressInfo | null)?.port === port);
    },
    end() {
      if (NetServer.prototype.listen === listen) NetServer.prototype.listen = original;
    },
  };
}
