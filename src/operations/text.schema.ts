import { z } from 'zod';
import { DURATION_HINT, durationMs } from '../core/duration.js';
import { UserError } from '../core/errors.js';

/*
 * Values that flags and playbooks give as text. Their forms are known to the plain functions that parse them, which
 * commands use without a schema.
 */

/** A text that a function parses; what it says of a wrong one is the schema's message. */
export const text = <T>(parse: (text: string) => T) =>
  z.string().transform((value, ctx): T => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      ctx.addIssue({ code: 'custom', message: error.message, params: { hint: error.hint } });
      return z.NEVER;
    }
  });

/** Milliseconds, given as a number and a unit such as `30s`. */
export const duration = () =>
  text((value) => {
    const ms = durationMs(value);
    if (ms === undefined) throw new UserError(`"${value}" is not a duration.`, { hint: DURATION_HINT });
    return ms;
  });
