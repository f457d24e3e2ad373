import { BaseCommand } from '../base-command.js';
import { Args } from '../oclif.js';
import { CATALOG, type ResultOf } from '../operations/catalog.js';
import { renderDocs } from '../ui/render/docs.js';

export default class Docs extends BaseCommand {
  static override summary = 'Show the documentation in the terminal';
  static override description = 'Without a topic: which pages there are. They are those of this version of fanops.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> router',
    '<%= config.bin %> <%= command.id %> fleet | less',
  ];
  static override args = { topic: Args.string({ description: 'page to show', required: false }) };

  async run(): Promise<ResultOf<'docs'>> {
    const { args, flags } = await this.parse(Docs);
    const docs = await CATALOG.docs.load();
    const result = await docs(this.context(flags), args.topic === undefined ? {} : { topic: args.topic });
    this.print(renderDocs(result, this.style));
    return result;
  }
}
