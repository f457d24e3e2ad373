import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ServerOptions } from 'http-proxy-3';
import type { HoldLimits } from './outages.js';
import type { Placement } from './state.js';

/** Limits of a connection to a placement, in milliseconds. */
export interface UpstreamLimits extends HoldLimits {
  connectMs: number;
  /** Silence after which a request is given up; 230 s is what Azure's own front end allows a function. */
  idleMs: number;
  /** Pause before the next try; it doubles with each, up to 400 ms. */
  retryMs: number;
  /** How long ago a safe request may have been sent to be sent once more when its connection broke before the answer: what runs longer never runs twice. */
  repeatMs: number;
}

export const defaultLimits: UpstreamLimits = { connectMs: 10_000, idleMs: 230_000, retryMs: 50, repeatMs: 2_000, holdMs: 5_000, heldRequests: 1_000 };

/**
 * Every request gets a connection of its own: a kept one that the backend closes just as a POST goes out can neither be
 * repeated safely nor told from a real failure. The agent for https only keeps TLS sessions, which saves a round trip.
 */
export class Upstreams {
  readonly #https = new Agent({ keepAlive: false, maxCachedSessions: 100 });

  /** @param dir the router's directory, from which files of trusted authorities are named */
  constructor(readonly limits: UpstreamLimits, private readonly dir = '.') {}

  /** http-proxy-3's options for one request to a placement. */
  options(placement: Placement): ServerOptions {
    const target = new URL(placement.url);
    const secure = target.protocol === 'https:';
    const name = target.hostname;
    return {
      target,
      changeOrigin: (placement.hostHeader ?? (secure ? 'upstream' : 'preserve')) === 'upstream',
      // Else the path would be resolved once more on its way.
      toProxy: true,
      connectTimeout: this.limits.connectMs,
      proxyTimeout: this.limits.idleMs,
      // Node takes the server name from the Host header, which may be the client's.
      ...(secure && { agent: this.#https, ssl: this.#tls(placement, name), secure: placement.verify ?? true }),
    };
  }

  #tls({ serverName, trusted }: Placement, host: string): { servername?: string; ca?: Buffer } {
    const name = serverName ?? (isIP(host.replace(/^\[|\]$/g, '')) ? undefined : host);
    return { ...(name && { servername: name }), ...(trusted && { ca: readFileSync(join(this.dir, trusted)) }) };
  }
}

/** The event after which a socket can carry the request. */
export function readyEvent(placement: Placement): 'connect' | 'secureConnect' {
  return placement.url.startsWith('https:') ? 'secureConnect' : 'connect';
}
