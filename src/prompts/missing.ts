import { UserError } from '../core/errors.js';

/** An argument or flag that may be missing. */
export interface Wanted {
  /** How it is written on the command line: `SERVICE` or `--to`. */
  name: string;
  value: string | undefined;
  /** Asks for it in a terminal. */
  ask: () => Promise<string>;
}

/**
 * Fills what is missing: by questions in a terminal, else not at all.
 * @throws UserError that lists everything that is missing, before any work.
 */
export async function fillMissing(wanted: Wanted[], interactive: boolean): Promise<string[]> {
  const missing = wanted.filter((item) => item.value === undefined);
  if (missing.length > 0 && !interactive) {
    throw new UserError(`Missing: ${missing.map((item) => item.name).join(', ')}.`, {
      hint: 'See --help for what each one means.',
    });
  }
  const values: string[] = [];
  for (const item of wanted) values.push(item.value ?? (await item.ask()));
  return values;
}
