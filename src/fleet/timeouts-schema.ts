import { z } from 'zod';
import { duration } from './schema-values.js';

/**
 * `router.timeouts` of the fleet file. The router's own program has the defaults (packages/router, limits.ts); bounds
 * are checked in timeouts.ts.
 */
export const routerTimeouts = z.strictObject({
  header: duration.optional().describe('Until the headers of a request are there. Default: 60s'),
  body: duration.optional().describe('Silence of a client within the body of its request. Default: 230s'),
  connect: duration.optional().describe('Until a placement takes the connection. Default: 10s'),
  response: duration
    .optional()
    .describe('Silence of a placement before and within its response. Default: 230s, as long as Azure allows'),
  keepAlive: duration.optional().describe('Until a connection without a request is closed. Default: 75s'),
});

export type RouterTimeouts = z.infer<typeof routerTimeouts>;
