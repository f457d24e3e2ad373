import { z } from 'zod';

export { noOptions as options } from '../shared.schema.js';

const endpoint = {
  address: z.string(),
  port: z.int(),
  user: z.string(),
  identityFiles: z.array(z.string()).optional(),
  defaultIdentityFiles: z.array(z.string()).optional(),
  identitiesOnly: z.boolean().optional(),
  agent: z.string().optional(),
  hostKeys: z.array(z.string()).optional(),
  hostKeyAlias: z.string().optional(),
  userKnownHostsFiles: z.array(z.string()).optional(),
  connectTimeoutMs: z.number().optional(),
  keepaliveIntervalMs: z.number().optional(),
  keepaliveCountMax: z.number().optional(),
  localAddress: z.string().optional(),
  family: z.union([z.literal(4), z.literal(6)]).optional(),
};

const jump = z.strictObject({ ...endpoint, name: z.string() });

const leftOut = z.strictObject({ name: z.string(), why: z.string() });

export const result = z.strictObject({
  fleet: z.string(),
  entries: z.array(
    z.strictObject({
      name: z.string(),
      provider: z.string().describe('"existing" for a machine that only has an address'),
      roles: z.array(z.string()),
      endpoint: z.strictObject({ ...endpoint, jumps: z.array(jump).optional().describe('The nearest first') }),
    }),
  ),
  absent: z.array(leftOut).describe('Hosts that are not running'),
  failed: z.array(leftOut).describe('Hosts of which it cannot be told'),
  knownHosts: z.string().describe("The fleet's own file of known host keys"),
});
