import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../base-command.js';
import { listRuns, showRun, type RunDetails } from '../../operations/run/list.js';
import { askRun } from '../../prompts/run.js';
import { renderRun } from '../../ui/render/run.js';

export default class RunsShow extends BaseCommand {
  static override summary = 'Show a run: its steps, what it left, and its history';
  static override examples = ['<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q', '<%= config.bin %> <%= command.id %> 20261121-014859-k3x9q --events'];
  static override args = { run: Args.string({ description: 'id of the run', required: false }) };
  static override flags = { events: Flags.boolean({ description: 'with every line of its history', default: false }) };

  async run(): Promise<RunDetails> {
    const { args, flags } = await this.parse(RunsShow);
    const ctx = this.context(flags);
    const result = await showRun(ctx, await askRun(() => listRuns(ctx, 20), args.run, this.interactive));
    this.print(renderRun(result, this.style, flags.events));
    return result;
  }
}
