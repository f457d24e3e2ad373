import { BaseCommand } from '../../base-command.js';
import { Args, Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { listRuns } from '../../operations/run/list.js';
import { askRun } from '../../prompts/run.js';
import { renderResumed } from '../../ui/render/run.js';

export default class RunsResume extends BaseCommand {
  static override summary = 'Run a stored plan on from where it stopped';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q',
    '<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q --assume-done deploy/script',
  ];
  static override args = { run: Args.string({ description: 'id of the run', required: false }) };
  static override flags = {
    rerun: Flags.string({ description: 'interrupted step to run again', multiple: true, helpValue: 'STEP' }),
    'assume-done': Flags.string({ description: 'interrupted step to take as done', multiple: true, helpValue: 'STEP' }),
  };

  async run(): Promise<ResultOf<'runs resume'>> {
    const { args, flags } = await this.parse(RunsResume);
    const ctx = this.context(flags);
    await ctx.trusted();
    const id = await askRun(() => listRuns(ctx, 20), args.run, this.interactive);
    const runsResume = await CATALOG['runs resume'].load();
    const result = await this.changing(() =>
      runsResume(ctx, { run: id, rerun: flags.rerun ?? [], assumeDone: flags['assume-done'] ?? [] }),
    );
    await this.progressSettled();
    this.print(renderResumed(id, this.style));
    return result;
  }
}
