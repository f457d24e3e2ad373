import { BaseCommand } from '../../base-command.js';
import { Flags } from '../../oclif.js';
import { listRuns, type RunRow } from '../../operations/run/list.js';
import { renderRuns } from '../../ui/render/run.js';

export default class RunsList extends BaseCommand {
  static override summary = 'List the runs of this clone, newest first';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { limit: Flags.integer({ description: 'how many', default: 20, min: 1, max: 1000 }) };

  async run(): Promise<{ runs: RunRow[] }> {
    const { flags } = await this.parse(RunsList);
    const runs = await listRuns(this.context(flags), flags.limit);
    this.print(renderRuns(runs, this.style));
    return { runs };
  }
}
