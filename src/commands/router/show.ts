import { BaseCommand } from '../../base-command.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { renderRouter } from '../../ui/render/router.js';

export default class RouterShowCommand extends BaseCommand {
  static override summary = 'Show what the router does, with the figures of the last ten minutes';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<ResultOf<'router show'>> {
    const { flags } = await this.parse(RouterShowCommand);
    const routerShow = await CATALOG['router show'].load();
    const result = await routerShow(this.context(flags));
    this.print(renderRouter(result, this.style));
    return result;
  }
}
