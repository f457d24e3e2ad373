import { PreconditionError, UserError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { ownValue } from '../../fleet/own-value.js';

/** Where a migration goes: what the user said, or the only other placement. @throws UserError when it must be said. */
export function chooseTarget(fleet: Fleet, service: string, from: string, to: string | undefined): string {
  const others = Object.keys(fleet.service(service).placements).filter((name) => name !== from);
  if (to !== undefined) {
    fleet.placement(service, to);
    return to;
  }
  if (others.length === 1) return others[0]!;
  if (others.length === 0)
    throw new PreconditionError(`${service} has only the placement ${from}.`, {
      hint: 'Add the placement to move to under services.*.placements.',
    });
  throw new UserError(`${service} can go to ${others.join(' or ')}.`, { hint: 'Say where with --to.' });
}

/**
 * Both sides of a rollback come from the record, so that the user has not named what the file lacks.
 * @throws PreconditionError (code DRIFT)
 */
export function requireInFile(fleet: Fleet, service: string, name: string): void {
  if (ownValue(fleet.service(service).placements, name) !== undefined) return;
  throw new PreconditionError(
    `A rollback of ${service} needs its placement ${name}, which the fleet file does not have; nothing was changed.`,
    {
      code: 'DRIFT',
      where: `services.${service}.placements`,
      hint: `Put ${name} back into the fleet file, at least until the rollback is over.`,
      nextSteps: [`fanops migrate status ${service}`],
    },
  );
}

/** Shares of the new side, rising to 100. @throws UserError for anything else. */
export function parseSteps(text: string): number[] {
  const steps = text.split(',').map((part) => Number(part.trim()));
  if (isRising(steps)) return steps;
  throw new UserError(`"${text}" is no list of shares.`, { hint: RISING });
}

/** What a list of shares must be. */
export const RISING = 'Write rising whole numbers that end with 100: 10,50,100.';

export const isRising = (steps: readonly number[]): boolean =>
  steps.at(-1) === 100 &&
  steps.every((step, index) => Number.isInteger(step) && step > (steps[index - 1] ?? 0) && step <= 100);
