import { BaseCommand } from '../../base-command.js';
import { ExitCode } from '../../core/exit-codes.js';
import { Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { renderRefresh } from '../../ui/render/prices.js';

export default class PricesRefresh extends BaseCommand {
  static override summary = 'Read current list prices from the clouds';
  static override description =
    'Prices that are missing, zero or ambiguous are not taken. Exits with 3 when something was not ' +
    'read: its older prices stay.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --provider azure --region westeurope',
  ];
  static override flags = {
    provider: Flags.string({ description: 'only this one', helpValue: 'NAME' }),
    region: Flags.string({ description: 'only this one; may be given again', multiple: true }),
  };

  async run(): Promise<ResultOf<'prices refresh'>> {
    const { flags } = await this.parse(PricesRefresh);
    const refreshPrices = await CATALOG['prices refresh'].load();
    const result = await refreshPrices(this.context(flags), { provider: flags.provider, regions: flags.region });
    this.print(() => renderRefresh(result, this.style));
    if (result.failed.length > 0 || result.refreshed.some(({ refused }) => refused.length > 0))
      process.exitCode = ExitCode.partial;
    return result;
  }
}
