import * as z from 'zod/mini';
import { count, open, protocol } from './decode.js';

const probeErrorKind = z.enum([
  'resolve',
  'refused',
  'unreachable',
  'timeout',
  'certificate',
  'tls',
  'reset',
  'protocol',
]);

/** What a probe of a placement found, asked from the router host, or from the host of a release that is tried. */
export const probe = open({
  service: z.string(),
  placement: z.string(),
  /** Of a placement with targets: which one was asked. */
  target: z.optional(z.string()),
  /** `GET http://10.0.0.4:9001/api/flow/version`. */
  request: z.string(),
  ok: z.boolean(),
  /** Address and port that answered, or were tried. */
  address: z.optional(z.string()),
  status: z.optional(z.int()),
  /** Status that it gave to the same request when it was last judged good. */
  baseline: z.optional(z.int()),
  /** Why it does not count as an answer. */
  reason: z.optional(z.string()),
  /** When no answer came. `code` is the system's own, such as ENOTFOUND, ECONNREFUSED or CERT_HAS_EXPIRED. */
  error: z.optional(open({ kind: probeErrorKind, code: z.string() })),
});

/**
 * What `router probe` prints, also when a placement does not answer; and `router put` when it refuses a route for that.
 */
export const probeReply = open({
  protocol,
  probes: z.array(probe),
  /** Of a way back that was not gone: the weights in effect. */
  stayed: z.optional(z.record(z.string(), count)),
});

/** What `router put` prints once a route is in force. Programs of versions without probes name none. */
export const putReply = open({ protocol, version: count, probes: z.optional(z.array(probe)) });

export type ProbeErrorKind = z.infer<typeof probeErrorKind>;
export type Probe = z.infer<typeof probe>;
export type ProbeReply = z.infer<typeof probeReply>;
