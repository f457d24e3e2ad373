import { BaseCommand } from '../base-command.js';
import { jsonText } from '../ui/terminal-text.js';
import { parseDuration } from '../core/duration.js';
import { UserError } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';
import { Flags } from '../oclif.js';
import { status, type StatusResult } from '../operations/status/status.js';

export default class Status extends BaseCommand {
  static override summary = 'Show hosts, services with their placements and weights, and open runs';
  static override description =
    'Exits with 3 when something did not answer. With --watch it goes on until Ctrl-C, which ends ' +
    'it with 0; with --json as well it prints one line for each change.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --watch --interval 5s',
  ];
  static override flags = {
    watch: Flags.boolean({ char: 'w', description: 'look again and again, and draw it in place' }),
    interval: Flags.string({
      description: 'with --watch: how long to wait between two looks; default: 2s',
      helpValue: 'DURATION',
      dependsOn: ['watch'],
    }),
  };

  async run(): Promise<StatusResult | undefined> {
    const { flags } = await this.parse(Status);
    const intervalMs = parseDuration(flags.interval ?? '2s', '--interval');
    if (intervalMs < 200) throw new UserError('--interval: at least 200ms.');
    const ctx = this.context(flags);
    if (flags.watch) return this.#watch(ctx, intervalMs);
    const result = await status(ctx);
    if (!this.jsonEnabled()) this.print((await this.#renderer())(result));
    if (!result.complete) process.exitCode = ExitCode.partial;
    return result;
  }

  /** Loaded only when there is something to draw: a table costs as much time as a look at a file. */
  async #renderer(): Promise<(result: StatusResult) => string> {
    const { renderStatus } = await import('../ui/render/status.js');
    return (result) => renderStatus(result, this.style);
  }

  async #watch(ctx: ReturnType<BaseCommand['context']>, intervalMs: number): Promise<undefined> {
    this.untilInterrupted();
    const [{ watchStatus }, { LiveScreen }, { clockTime }, render, { widthOf, wrap }] = await Promise.all([
      import('../operations/status/watch.js'),
      import('../ui/live.js'),
      import('../ui/time.js'),
      this.#renderer(),
      import('../ui/width.js'),
    ]);
    const screen = new LiveScreen(process.stdout);
    const text = (result: StatusResult, at: string): string =>
      wrap(`${this.style.dim(at)}\n${render(result)}`, widthOf(process.stdout), 2);
    try {
      await watchStatus(ctx, {
        intervalMs,
        onStatus: (result, changed) => {
          const at = clockTime(new Date(ctx.clock.now()).toISOString());
          if (process.stdout.isTTY && !this.jsonEnabled())
            screen.draw(() => text(result, `${at}  every ${intervalMs / 1000} s, Ctrl-C ends`));
          else if (changed && this.jsonEnabled()) process.stdout.write(`${jsonText(result)}\n`);
          else if (changed) this.print(`${text(result, at)}\n`);
        },
      });
    } finally {
      screen.end();
    }
  }
}
