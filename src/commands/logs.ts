import { BaseCommand } from '../base-command.js';
import { Args, Flags } from '../oclif.js';
import { serviceLogs, type LogsResult } from '../operations/service/logs.js';
import { askService } from '../prompts/service.js';

export default class Logs extends BaseCommand {
  static override summary = 'Show the log of a service where it is now';
  static override examples = ['<%= config.bin %> <%= command.id %> m1', '<%= config.bin %> <%= command.id %> m1 --follow'];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on until Ctrl-C, which ends it with exit code 0', default: false }),
    lines: Flags.integer({ char: 'n', description: 'how many lines of each log', default: 50, min: 1, max: 10_000 }),
  };

  async run(): Promise<LogsResult> {
    const { args, flags } = await this.parse(Logs);
    const ctx = this.context(flags);
    const service = await askService(ctx, args.service, this.interactive);
    if (flags.follow) this.untilInterrupted();
    return serviceLogs(ctx, { service, lines: flags.lines, follow: flags.follow, onLine: (line) => this.printAsIs(line) });
  }
}
