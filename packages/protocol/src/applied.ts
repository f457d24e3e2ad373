import * as z from 'zod/mini';
import { count, open, protocol } from './decode.js';
import { recordedListen } from './settings.js';

/** 0 while an engine is started anew. */
const pid = z.int().check(z.minimum(0));

/** A target that gets no requests while another one of its placement does, until health checks find it well again. */
const ejectedTarget = open({
  service: z.string(),
  placement: z.string(),
  target: z.string(),
  /** ISO 8601, by the router host's clock. */
  since: z.string(),
  /** What it was taken out for: `connection refused (ECONNREFUSED)`. */
  reason: z.string(),
});

/** What `applied.json` says: what is in force, and which files can't be followed and why. */
export const appliedState = open({
  protocol,
  pid,
  /**
   * Start time of that process, so that another one with its number is not taken for it; absent where the system does
   * not tell.
   */
  start: z.optional(z.string()),
  /** Time of this writing, ISO 8601. */
  at: z.string(),
  listen: recordedListen,
  routes: z.record(z.string(), open({ version: count, fence: count })),
  /** The `mark` of the settings in force. */
  mark: z.optional(z.string()),
  /** File name to reason. */
  errors: z.record(z.string(), z.string()),
  /** Versions of routes that were read and not taken up. */
  refused: z.optional(z.record(z.string(), count)),
  /** Targets that health checks or failed requests have taken out; absent when there are none. */
  ejected: z.optional(z.array(ejectedTarget)),
});

/** What `holder.json` says of the process that has the sockets, and of the engine that it runs. */
export const holderState = open({
  protocol,
  pid,
  enginePid: pid,
  /**
   * Start times of both, so that other processes with their numbers are not taken for them; absent where the system
   * does not tell.
   */
  start: z.optional(z.string()),
  engineStart: z.optional(z.string()),
  /** A later version may have further engines. */
  engine: z.string(),
  listen: recordedListen,
  /** SHA-256 of the program that the engine runs; the first versions did not tell it. */
  program: z.optional(z.string()),
  /** Why the last settings that were tried are not followed, and their mark. */
  error: z.optional(z.string()),
  tried: z.optional(z.string()),
});

/** What `router applied` prints: what is in force, and who holds the sockets, where they are held. */
export const appliedReply = open({ ...appliedState.shape, holder: z.optional(holderState) });

export type EjectedTarget = z.infer<typeof ejectedTarget>;
export type AppliedState = z.infer<typeof appliedState>;
export type HolderState = z.infer<typeof holderState>;
export type AppliedReply = z.infer<typeof appliedReply>;
