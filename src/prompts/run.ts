import { select } from '@inquirer/prompts';
import { visibleLine } from '../core/visible.js';
import type { RunRow } from '../operations/run/list.js';
import { fillMissing } from './missing.js';

/**
 * The run to act on: the argument, or in a terminal one of the newest. @throws UserError when it is missing and nobody
 * can be asked.
 */
export async function askRun(
  newest: () => Promise<RunRow[]>,
  run: string | undefined,
  interactive: boolean,
  name = 'RUN',
): Promise<string> {
  const [value = ''] = await fillMissing(
    [
      {
        name,
        value: run,
        ask: async () =>
          select({
            message: 'Which run?',
            choices: (await newest()).map((row) => ({
              name: visibleLine(`${row.id}  ${row.status}  ${row.title}`),
              value: row.id,
            })),
          }),
      },
    ],
    interactive,
  );
  return value;
}
