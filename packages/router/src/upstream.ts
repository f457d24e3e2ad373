import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ServerOptions } from 'http-proxy-3';
import { defaultTimeouts, limits } from './limits.js';
import type { HoldLimits } from './outages.js';
import type { Endpoint, RouterState } from './state.js';

/** Limits of a connection to a placement, in milliseconds. */
export interface UpstreamLimits extends HoldLimits {
  connectMs: number;
  /** Silence of a placement after which a request is given up. */
  idleMs: number;
  /** Silence of a client within its body after which its request is given up. */
  bodyMs: number;
  /** Pause before the next try; it doubles with each, up to 400 ms. */
  retryMs: number;
  /**
   * How long ago a safe request may have been sent to be sent once more when its connection broke before the answer:
   * what runs longer never runs twice.
   */
  repeatMs: number;
  /** Until a target takes the connection, when another one of the placement can be asked; less than `repeatMs`. */
  failoverMs: number;
}

export const defaultLimits: UpstreamLimits = {
  connectMs: defaultTimeouts.connectMs,
  idleMs: defaultTimeouts.responseMs,
  bodyMs: defaultTimeouts.bodyMs,
  retryMs: 50,
  repeatMs: 2_000,
  failoverMs: 1_500,
  holdMs: 5_000,
  heldRequests: 1_000,
};

/**
 * Every request gets a connection of its own: a kept one that the backend closes just as a POST goes out can neither be
 * repeated safely nor told from a real failure. The agent for https only keeps TLS sessions, which saves a round trip.
 */
export class Upstreams {
  readonly #https = new Agent({ keepAlive: false, maxCachedSessions: 100 });

  /** @param dir the router's directory, from which files of trusted authorities are named */
  constructor(
    private readonly base: UpstreamLimits,
    private readonly dir = '.',
  ) {
    this.limits = base;
  }

  /** In force for requests that begin. */
  limits: UpstreamLimits;

  /** Takes the time limits of a state up. */
  use({ timeouts = {} }: Pick<RouterState, 'timeouts'>): void {
    const {
      connectMs = this.base.connectMs,
      responseMs: idleMs = this.base.idleMs,
      bodyMs = this.base.bodyMs,
    } = timeouts;
    this.limits = { ...this.base, connectMs, idleMs, bodyMs };
  }

  /** http-proxy-3's options for one request. @param isLast no other target can be asked when the connection fails */
  options(endpoint: Endpoint, isLast = true): ServerOptions {
    const { connectMs, failoverMs } = this.limits;
    const target = new URL(endpoint.url);
    const secure = target.protocol === 'https:';
    const name = target.hostname;
    return {
      target,
      changeOrigin: (endpoint.hostHeader ?? (secure ? 'upstream' : 'preserve')) === 'upstream',
      // Else the path would be resolved once more on its way.
      toProxy: true,
      connectTimeout: isLast ? connectMs : Math.min(connectMs, failoverMs),
      proxyTimeout: this.limits.idleMs,
      // Node takes the server name from the Host header, which may be the client's.
      ssl: { maxHeaderSize: limits.parser, ...(secure && this.#tls(endpoint, name)) } as ServerOptions['ssl'],
      ...(secure && { agent: this.#https, secure: endpoint.verify ?? true }),
    };
  }

  #tls({ serverName, trusted }: Endpoint, host: string): { servername?: string; ca?: Buffer } {
    const name = serverName ?? (isIP(host.replace(/^\[|\]$/g, '')) ? undefined : host);
    return { ...(name && { servername: name }), ...(trusted && { ca: readFileSync(join(this.dir, trusted)) }) };
  }
}

/** The event after which a socket can carry the request. */
export function readyEvent({ url }: Endpoint): 'connect' | 'secureConnect' {
  return url.startsWith('https:') ? 'secureConnect' : 'connect';
}
