import type { UserError } from '../core/errors.js';
import type { Fleet } from './fleet.js';
import { readLayer } from './layers.js';
import { fleetError, type Problem } from './problems.js';

/** One error for what is wrong with a fleet whose file was found right: each problem with its file, line and column. */
export const placed = (fleet: Fleet, problems: Problem[]): UserError =>
  fleetError(
    fleet.source.files.map(({ text, file }) => readLayer(text, file)),
    problems,
  );
