import { BaseCommand } from '../base-command.js';
import { jsonText } from '../ui/terminal-text.js';
import { parseDuration } from '../core/duration.js';
import { UserError } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';
import { Flags } from '../oclif.js';
import { CATALOG, type ResultOf } from '../operations/catalog.js';

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

  async run(): Promise<ResultOf<'status'> | undefined> {
    const { flags } = await this.parse(Status);
    const intervalMs = parseDuration(flags.interval ?? '2s', '--interval');
    if (intervalMs < 200) throw new UserError('--interval: at least 200ms.');
    const ctx = this.context(flags);
    if (flags.watch) return this.#watch(ctx, intervalMs);
    const status = await CATALOG.status.load();
    const result = await status(ctx);
    if (!this.jsonEnabled()) this.print((await this.#renderer())(result));
    if (!result.complete) process.exitCode = ExitCode.partial;
    return result;
  }

  /** Loaded only when there is something to draw: a table costs as much time as a look at a file. */
  async #renderer(): Promise<(result: ResultOf<'status'>) => string> {
    const { renderStatus } = await import('../ui/render/status.js');
    return (result) => renderStatus(result, this.style);
  }

  async #watch(ctx: ReturnType<BaseCommand['context']>, intervalMs: number): Promise<undefined> {
    this.untilInterrupted();
    const [watch, { LiveScreen }, { clockTime }, render, { widthOf, wrap }] = await Promise.all([
      CATALOG['status --watch'].load(),
      import('../ui/live.js'),
      import('../ui/time.js'),
      this.#renderer(),
      import('../ui/width.js'),
    ]);
    const screen = new LiveScreen(process.stdout);
    // A screen shows when it was looked last; what goes elsewhere has a line for each change.
    const drawn = process.stdout.isTTY && !this.jsonEnabled();
    const text = (result: ResultOf<'status'>, at: string): string =>
      wrap(`${this.style.dim(at)}\n${render(result)}`, widthOf(process.stdout), 2);
    try {
      for await (const result of watch(ctx, { intervalMs, unchanged: drawn })) {
        const at = clockTime(new Date(ctx.io.clock.now()).toISOString());
        if (drawn) screen.draw(() => text(result, `${at}  every ${intervalMs / 1000} s, Ctrl-C ends`));
        else if (this.jsonEnabled()) process.stdout.write(`${jsonText(result)}\n`);
        else this.print(`${text(result, at)}\n`);
      }
    } finally {
      screen.end();
    }
  }
}
