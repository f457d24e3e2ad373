import { BaseCommand } from '../../base-command.js';
import { CancelledError, UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { listRuns, showRun } from '../../operations/run/list.js';
import { askRun } from '../../prompts/run.js';
import { renderEffects, renderUndone } from '../../ui/render/run.js';

export default class RunsUndo extends BaseCommand {
  static override summary = 'Take away what a run made, newest first';
  static override examples = ['<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q --yes'];
  static override args = { run: Args.string({ description: 'id of the run', required: false }) };
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'do not ask', default: false }) };

  async run(): Promise<ResultOf<'runs undo'>> {
    const { args, flags } = await this.parse(RunsUndo);
    const ctx = this.context(flags);
    await ctx.trusted();
    const id = await askRun(() => listRuns(ctx, 20), args.run, this.interactive);
    if (!flags.yes) {
      if (!this.interactive)
        throw new UserError('This changes things, and nobody is here to confirm it.', {
          hint: 'Pass --yes to go ahead.',
        });
      this.print(renderEffects(await showRun(ctx, id), this.style));
      const { confirm } = await import('../../prompts/confirm.js');
      if (!(await confirm('Take this away?', ctx.signal))) throw new CancelledError('Nothing was changed.');
    }
    const runsUndo = await CATALOG['runs undo'].load();
    const result = await this.changing(() => runsUndo(ctx, { run: id }));
    await this.progressSettled();
    this.print(renderUndone(result, this.style));
    return result;
  }
}
