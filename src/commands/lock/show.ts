import { BaseCommand } from '../../base-command.js';
import { ExitCode } from '../../core/exit-codes.js';
import { listLocks, type LockList } from '../../operations/lock/locks.js';
import { renderLocks } from '../../ui/render/lock.js';

export default class LockShow extends BaseCommand {
  static override summary = 'Show who holds which lock';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<LockList> {
    const { flags } = await this.parse(LockShow);
    const result = await listLocks(this.context(flags));
    this.print(renderLocks(result, this.style));
    if (result.failed.length > 0) process.exitCode = ExitCode.partial;
    return result;
  }
}
