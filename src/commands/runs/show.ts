import { BaseCommand } from '../../base-command.js';
import { Args, Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { listRuns } from '../../operations/run/list.js';
import { askRun } from '../../prompts/run.js';
import { renderRun, renderStep } from '../../ui/render/run.js';

export default class RunsShow extends BaseCommand {
  static override summary = 'Show a run: its steps with their times and output, and what it left';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q',
    '<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q --step release/install',
    '<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q --events',
  ];
  static override args = { run: Args.string({ description: 'id of the run', required: false }) };
  static override flags = {
    events: Flags.boolean({ description: 'with every line of its history', default: false, exclusive: ['step'] }),
    step: Flags.string({
      description: 'one step in full: what it was given, what it found, all that it told',
      helpValue: 'STEP',
    }),
  };

  async run(): Promise<ResultOf<'runs show'>> {
    const { args, flags } = await this.parse(RunsShow);
    const ctx = this.context(flags);
    const id = await askRun(() => listRuns(ctx, 20), args.run, this.interactive);
    const runsShow = await CATALOG['runs show'].load();
    const result = await runsShow(ctx, { run: id, step: flags.step });
    this.print('step' in result ? renderStep(result, this.style) : renderRun(result, this.style, flags.events));
    return result;
  }
}
