import { PreconditionError } from '../core/errors.js';

/** The error for a stored plan that names what this fanops does not know. Nothing of it is carried out. */
export const unknownInPlan = (what: string, code: string): PreconditionError =>
  new PreconditionError(`This fanops knows no ${what}.`, {
    code,
    hint: 'A newer fanops made the plan: update fanops, then go on.',
  });
