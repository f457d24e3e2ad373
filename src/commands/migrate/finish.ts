import { Args } from '../../oclif.js';
import { without } from '../../flags.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askService } from '../../prompts/service.js';
import { renderMigrateFinish } from '../../ui/render/migrate.js';

export default class MigrateFinish extends PlanCommand {
  static override summary = 'Retire the old side of a migration';
  static override examples = [
    '<%= config.bin %> <%= command.id %> m1 --yes',
    '<%= config.bin %> <%= command.id %> m1 --without app-2',
  ];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };
  static override flags = {
    without: without('hosts of either side to leave out, such as one that is down; nothing is stopped there'),
  };

  async run(): Promise<PlanOutcome<'migrate finish'>> {
    const { args, flags } = await this.parse(MigrateFinish);
    const service = await askService(this.context(flags), args.service, this.interactive);
    return this.carryOut('migrate finish', { service, without: flags.without }, flags, renderMigrateFinish);
  }
}
