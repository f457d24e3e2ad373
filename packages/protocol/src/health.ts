import * as z from 'zod/mini';
import { open, protocol } from './decode.js';

const functionHealth = open({
  name: z.string(),
  trigger: z.string(),
  state: z.enum(['ready', 'disabled', 'error']),
  error: z.optional(z.string()),
  /** The function is in error on Azure as well, so that it answers there as here: 404. */
  onAzureToo: z.optional(z.literal(true)),
});

/** What the functions host answers to `/_fanops/health` from its own machine. */
export const health = open({
  protocol,
  /** `degraded` when it runs but at least one function is in error. */
  status: z.enum(['starting', 'ok', 'degraded', 'stopping']),
  app: z.string(),
  functions: z.array(functionHealth),
  pid: z.int(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** Of the functions host. */
  version: z.string(),
  release: z.optional(z.string()),
});

/** What asking a service for its health on its own host prints: status 0 when no answer came, and then why. */
export const healthAnswer = z.object({ status: z.int(), body: z.string() });

export type Health = z.infer<typeof health>;
export type HealthOfFunction = z.infer<typeof functionHealth>;
