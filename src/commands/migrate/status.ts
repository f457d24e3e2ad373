import { BaseCommand } from '../../base-command.js';
import { Args } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { askService } from '../../prompts/service.js';
import { renderMigrateStatus } from '../../ui/render/migrate.js';

export default class MigrateStatusCommand extends BaseCommand {
  static override summary = 'Show where a service stands between its placements';
  static override examples = ['<%= config.bin %> <%= command.id %> m1'];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };

  async run(): Promise<ResultOf<'migrate status'>> {
    const { args, flags } = await this.parse(MigrateStatusCommand);
    const ctx = this.context(flags);
    const service = await askService(ctx, args.service, this.interactive);
    const migrateStatus = await CATALOG['migrate status'].load();
    const result = await migrateStatus(ctx, { service });
    this.print(renderMigrateStatus(result, this.style));
    return result;
  }
}
