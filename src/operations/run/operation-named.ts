import type { AnyOperation } from '../catalog-entry.js';
import { OPERATIONS } from '../plan-operations.js';
import { unknownInPlan } from '../unknown-in-plan.js';

/** Names in journals that are not those of a command with dashes in place of spaces. */
const JOURNALLED: Readonly<Record<string, keyof typeof OPERATIONS>> = {
  // The plan says which of the three it was.
  'host-power': 'host restart',
};

/**
 * The operation that made a stored plan, by its name in journals: `host-provision`.
 * @throws PreconditionError (code UNKNOWN_OPERATION) when this fanops has none: a newer one made the plan
 */
export async function operationNamed(journalled: string): Promise<AnyOperation> {
  const found = Object.entries(OPERATIONS).find(([name]) => name.replaceAll(' ', '-') === journalled)?.[1];
  const alias = Object.hasOwn(JOURNALLED, journalled) ? JOURNALLED[journalled] : undefined;
  const entry = found ?? (alias && OPERATIONS[alias]);
  if (!entry) throw unknownInPlan(`operation "${journalled}"`, 'UNKNOWN_OPERATION');
  return entry.load();
}
