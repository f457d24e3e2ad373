import { Args } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askService } from '../../prompts/service.js';
import { renderMigrateRollback } from '../../ui/render/migrate.js';

export default class MigrateRollback extends PlanCommand {
  static override summary = 'Take a service back to the placement it came from';
  static override examples = ['<%= config.bin %> <%= command.id %> m1 --yes'];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };

  async run(): Promise<PlanOutcome<'migrate rollback'>> {
    const { args, flags } = await this.parse(MigrateRollback);
    const service = await askService(this.context(flags), args.service, this.interactive);
    return this.carryOut('migrate rollback', { service }, flags, renderMigrateRollback);
  }
}
