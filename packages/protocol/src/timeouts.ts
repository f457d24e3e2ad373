import * as z from 'zod/mini';
import { open } from './decode.js';

const ms = z.int().check(z.minimum(10), z.maximum(3_600_000));

/** Time limits of the router, in milliseconds, as `router.json` may hold them. */
const limits = {
  /** From the first byte of a request, or the connection, to the end of its headers. */
  headerMs: ms,
  /** Silence of a client that is sending a body, or does not take its response. */
  bodyMs: ms,
  /** Until a placement takes the connection. */
  connectMs: ms,
  /** Silence of a placement before and within its response. */
  responseMs: ms,
  /** Until a client's connection is closed that has no request under way. */
  keepAliveMs: ms,
};

export const timeoutSettings = z.partial(z.strictObject(limits));

/** As fanops reads them: what a later version has added is kept. */
export const recordedTimeouts = z.partial(open(limits));

export type TimeoutSettings = z.infer<typeof timeoutSettings>;
export type Timeouts = Required<TimeoutSettings>;
