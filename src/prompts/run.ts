import { select } from '@inquirer/prompts';
import type { OperationContext } from '../operations/context.js';
import { listRuns } from '../operations/run/list.js';
import { fillMissing } from './missing.js';

/** The run to act on: the argument, or in a terminal one of the newest. @throws UserError when it is missing and nobody can be asked. */
export async function askRun(ctx: OperationContext, run: string | undefined, interactive: boolean): Promise<string> {
  const [value = ''] = await fillMissing([{
    name: 'RUN', value: run,
    ask: async () => select({
      message: 'Which run?',
      choices: (await listRuns(ctx, 20)).map((row) => ({ name: `${row.id}  ${row.status}  ${row.title}`, value: row.id })),
    }),
  }], interactive);
  return value;
}
