import type { OperationContext } from '../../kit/context.js';
import type { NoOptions } from '../../kit/operation.js';
import type { Mend } from './check.js';
import { doctor, type DoctorResult } from './doctor.js';
import { mend, mendsOf, type Mended } from './mend.js';

/** A host that runs again may show what is wrong on it: so often is looked again. */
const ROUNDS = 3;

/** What a terminal does between looks and mends. */
export interface FixTerminal {
  /** Raises when the user does not want it. `first`: nothing was mended yet. */
  confirm?(result: DoctorResult, mends: readonly Mend[], first: boolean): Promise<void>;
  /** Runs one mend, which changes things. */
  changing?<T>(work: () => Promise<T>): Promise<T>;
}

/** Looks, mends what is safe to mend by the operations that a user would call, and looks again. */
export async function doctorFix(
  ctx: OperationContext,
  _options: NoOptions,
  { confirm, changing = (work) => work() }: FixTerminal = {},
): Promise<DoctorResult> {
  let result = await doctor(ctx);
  const mended: Mended[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const tried = new Set(mended.map(({ title }) => title));
    const mends = mendsOf(result.checks).filter(({ title }) => !tried.has(title));
    if (mends.length === 0) break;
    await confirm?.(result, mends, mended.length === 0);
    for (const each of mends) mended.push(await changing(() => mend(ctx, each)));
    result = await doctor(ctx);
  }
  return { ...result, mended };
}
