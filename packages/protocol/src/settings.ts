import * as z from 'zod/mini';
import { ipAddress, nameServer, network } from './addresses.js';
import { decode, open } from './decode.js';
import { recordedTimeouts, timeoutSettings } from './timeouts.js';

/** What takes the requests. */
export const engineName = z.enum(['embedded', 'nginx', 'haproxy']);
export type EngineName = z.infer<typeof engineName>;

const port = z.int().check(z.maximum(65535));

const listenFields = { address: ipAddress, port: port.check(z.minimum(0)) };

export const listenAddress = z.strictObject(listenFields);
/** As fanops reads it: what a later version has added is kept. */
export const recordedListen = open(listenFields);
export type ListenAddress = z.infer<typeof listenAddress>;

const settingsFields = {
  /** Changes with the settings and with the files that they stand for; `applied.json` says which is in force. */
  mark: z.optional(z.string()),
  engine: z.optional(engineName),
  /** Port 0 listens on a free port, which `applied.json` then names. */
  listen: listenAddress,
  /** Beside the port that speaks TLS; not with the embedded engine. */
  httpPort: z.optional(port.check(z.minimum(1))),
  /** `tls/certificate.pem` and `tls/key.pem` are there; not with the embedded engine. */
  tls: z.optional(
    z.strictObject({
      /** Whether requests to `httpPort` are sent to the TLS port; else they are served. */
      redirect: z.boolean(),
    }),
  ),
  /** Name servers; default: those of the system. Not with the embedded engine. */
  resolver: z.optional(z.array(nameServer)),
  /** Addresses and networks of proxies whose X-Forwarded-*, X-Real-IP and Forwarded headers count; default: none. */
  trustedProxies: z.optional(z.array(network)),
  timeouts: z.optional(timeoutSettings),
  /**
   * Milliseconds that a request under way may go on, when that is longer than an engine that another one follows waits
   * anyway.
   */
  drainMs: z.optional(z.int().check(z.minimum(0), z.maximum(3_600_000))),
};

/** What the router follows of its settings. */
export const routerSettings = z.object(settingsFields);

/**
 * All of `router.json`, as fanops reads it. What a later version has added is kept, and it may have further engines.
 */
export const recordedSettings = open({
  ...settingsFields,
  engine: z.optional(z.string()),
  listen: recordedListen,
  tls: z.optional(open({ redirect: z.boolean() })),
  timeouts: z.optional(recordedTimeouts),
});

/** Settings of the router, as it follows them. */
export type RouterSettings = z.infer<typeof routerSettings>;
export type RecordedSettings = z.infer<typeof recordedSettings>;

/** Reads the text of `router.json`. @throws {MalformedError} naming the first place that is wrong */
export const parseSettings = (text: string): RouterSettings => decode(routerSettings, text);
