import { BaseCommand } from '../../base-command.js';
import { Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';

export default class RunsList extends BaseCommand {
  static override summary = 'List the runs of this clone, newest first';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { limit: Flags.integer({ description: 'how many', default: 20, min: 1, max: 1000 }) };

  async run(): Promise<ResultOf<'runs list'>> {
    const { flags } = await this.parse(RunsList);
    const runsList = await CATALOG['runs list'].load();
    const result = await runsList(this.context(flags), { limit: flags.limit });
    if (!this.jsonEnabled()) {
      // A table costs as much time as a look at the journal.
      const { renderRuns } = await import('../../ui/render/run.js');
      this.print(renderRuns(result.runs, this.style));
    }
    return result;
  }
}
