import { BaseCommand } from '../../base-command.js';
import { ExitCode } from '../../core/exit-codes.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { renderLocks } from '../../ui/render/lock.js';

export default class LockShow extends BaseCommand {
  static override summary = 'Show who holds which lock';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<ResultOf<'lock show'>> {
    const { flags } = await this.parse(LockShow);
    const listLocks = await CATALOG['lock show'].load();
    const result = await listLocks(this.context(flags));
    this.print(renderLocks(result, this.style));
    if (result.failed.length > 0) process.exitCode = ExitCode.partial;
    return result;
  }
}
