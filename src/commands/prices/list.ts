import { BaseCommand } from '../../base-command.js';
import { ExitCode } from '../../core/exit-codes.js';
import { Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { renderPrices } from '../../ui/render/prices.js';

export default class PricesList extends BaseCommand {
  static override summary = 'List machine sizes with processors, memory and price, in the regions of the fleet';
  static override description =
    'Nothing is asked of a cloud: prices are those of the bundled book, or those that `fanops prices refresh` read.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --provider aws --region eu-west-1',
  ];
  static override flags = {
    provider: Flags.string({ description: 'only this one', helpValue: 'NAME' }),
    region: Flags.string({ description: 'only this one; may be given again', multiple: true }),
  };

  async run(): Promise<ResultOf<'prices list'>> {
    const { flags } = await this.parse(PricesList);
    const listPrices = await CATALOG['prices list'].load();
    const result = await listPrices(this.context(flags), { provider: flags.provider, regions: flags.region });
    this.print(() => renderPrices(result, this.style));
    if (result.failed.length > 0) process.exitCode = ExitCode.partial;
    return result;
  }
}
