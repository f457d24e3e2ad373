import { once } from 'node:events';
import { BaseCommand } from '../base-command.js';
import { parseDuration } from '../core/duration.js';
import { LOG_LEVELS, type LogEntry } from '../core/log-entry.js';
import { Args, Flags } from '../oclif.js';
import { CATALOG, type OptionsOf, type ResultOf } from '../operations/catalog.js';
import { askService } from '../prompts/service.js';
import { renderLogEntry } from '../ui/render/logs.js';
import { jsonText } from '../ui/terminal-text.js';

export default class Logs extends BaseCommand {
  static override summary = 'Show the log of a service where it is now';
  static override description =
    'One line for each entry: time, level, function, message. Rotated logs are read as well. With ' +
    '--follow and --json: one JSON object a line.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> m1',
    '<%= config.bin %> <%= command.id %> m1 --follow',
    '<%= config.bin %> <%= command.id %> m1 --since 2h --level warning',
    "<%= config.bin %> <%= command.id %> m1 --grep 'timed? out' -n 500",
  ];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };
  static override flags = {
    follow: Flags.boolean({
      char: 'f',
      description: 'go on until Ctrl-C, which ends it with exit code 0',
      default: false,
    }),
    lines: Flags.integer({
      char: 'n',
      description: 'how many of the last entries that fit',
      default: 50,
      min: 1,
      max: 10_000,
    }),
    since: Flags.string({ description: 'only entries of this last time, such as 30m or 2d', helpValue: 'DURATION' }),
    level: Flags.option({ description: 'only entries of this level and above', options: LOG_LEVELS })(),
    grep: Flags.string({ description: 'only entries with a match of this regular expression', helpValue: 'PATTERN' }),
    raw: Flags.boolean({ description: 'print the lines as they stand in the log', default: false }),
  };

  async run(): Promise<ResultOf<'logs'> | undefined> {
    const { args, flags } = await this.parse(Logs);
    const sinceMs = flags.since === undefined ? undefined : parseDuration(flags.since, '--since');
    const ctx = this.context(flags);
    const service = await askService(ctx, args.service, this.interactive);
    const { lines, level, grep } = flags;
    const options = { service, lines, sinceMs, level, grep };
    const show = (entry: LogEntry): void => this.printAsIs(flags.raw ? entry.raw : renderLogEntry(entry, this.style));
    if (flags.follow) return this.#follow(ctx, options, show);
    const serviceLogs = await CATALOG.logs.load();
    return serviceLogs(ctx, options, { onEntry: this.jsonEnabled() ? undefined : show });
  }

  async #follow(
    ctx: ReturnType<BaseCommand['context']>,
    options: OptionsOf<'logs --follow'>,
    show: (entry: LogEntry) => void,
  ): Promise<undefined> {
    this.untilInterrupted();
    const followLogs = await CATALOG['logs --follow'].load();
    for await (const entry of followLogs(ctx, options)) {
      if (this.jsonEnabled()) process.stdout.write(`${jsonText(entry)}\n`);
      else show(entry);
      // A reader that is slow is waited for; nothing is kept for it.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    }
  }
}
