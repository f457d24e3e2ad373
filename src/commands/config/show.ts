import { BaseCommand } from '../../base-command.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { renderConfig } from '../../ui/render/config.js';

export default class ConfigShowCommand extends BaseCommand {
  static override summary = 'Show the fleet file with its environment laid over it, and where each value comes from';
  static override description = 'Secrets stay what they are in the file: references.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> -e prod'];

  async run(): Promise<ResultOf<'config show'>> {
    const { flags } = await this.parse(ConfigShowCommand);
    const configShow = await CATALOG['config show'].load();
    const result = await configShow(this.context(flags));
    this.print(renderConfig(result, this.style));
    return result;
  }
}
