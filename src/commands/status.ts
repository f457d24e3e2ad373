import { BaseCommand } from '../base-command.js';
import { ExitCode } from '../core/exit-codes.js';
import { status, type StatusResult } from '../operations/status/status.js';
import { renderStatus } from '../ui/render/status.js';

export default class Status extends BaseCommand {
  static override summary = 'Show hosts, services with their placements and weights, and open runs';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<StatusResult> {
    const { flags } = await this.parse(Status);
    const result = await status(this.context(flags));
    this.print(renderStatus(result, this.style));
    if (!result.complete) process.exitCode = ExitCode.partial;
    return result;
  }
}
