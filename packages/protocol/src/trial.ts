import * as z from 'zod/mini';
import { open } from './decode.js';
import { probe } from './probe.js';
import { route } from './route.js';

const { service, path, host, health, baselines, placements } = route.shape;

/** How a release that is tried is asked on its own host: by what the router will ask its placement. */
export const trialQuestion = z.object({
  /** The route of its service, with the placement that it is for. */
  route: z.object({ service, path, host, health, baselines, placements }),
  placement: z.string(),
  /** Whether users reach the router by TLS. */
  tls: z.boolean(),
});

/** What the trial of a release prints as its last line (`templates/smoke.mjs`). */
export const trialReport = open({
  ok: z.boolean(),
  /** What came of it, for people: `health 200`, `it exited with 1`. */
  seen: z.string(),
  /** Its last answer of its health, as it came. */
  health: z.optional(z.unknown()),
  /** What it answered to the request by which the router will probe it; absent when it was not asked. */
  probe: z.optional(probe),
  /** The last lines that it printed. */
  log: z.array(z.string()),
});

export type TrialQuestion = z.infer<typeof trialQuestion>;
export type TrialReport = z.infer<typeof trialReport>;
