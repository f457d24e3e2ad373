import { constants } from 'node:os';
import { BaseCommand } from '../base-command.js';
import { parseDuration } from '../core/duration.js';
import { RemoteError, UserError } from '../core/errors.js';
import { Args, Flags } from '../oclif.js';
import { CATALOG, type ResultOf } from '../operations/catalog.js';

export default class Exec extends BaseCommand {
  static override summary = 'Run a command on a host';
  static override description =
    'Words after -- reach the host unchanged: nothing is interpreted by a shell. For a pipeline ' +
    'run `sh -c`. Standard input, output and error are those of the command, byte for byte, as ' +
    'with ssh. The exit code is the one of the command, 128 + n when signal n ended it (ssh says ' +
    '255 then). Ctrl-C interrupts the command on the host, which has two seconds to end; the exit ' +
    'code is 130.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> app-1 -- uptime',
    "<%= config.bin %> <%= command.id %> app-1 -- sh -c 'df -h | tail -1'",
    '<%= config.bin %> <%= command.id %> app-1 --sudo -- systemctl restart nginx',
    'tar -c ./site | <%= config.bin %> <%= command.id %> app-1 -- tar -x',
  ];
  static override usage =
    '<%= command.id %> HOST [--sudo] [-n] [--timeout DURATION] [--json] [-e ENV] -- COMMAND [WORD...]';
  static override strict = false;
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };
  static override flags = {
    timeout: Flags.string({
      description: 'how long the command may take; default: until nothing was read or written for 10m',
      helpValue: 'DURATION',
    }),
    'no-stdin': Flags.boolean({
      char: 'n',
      description: 'read nothing from standard input, for loops and the background',
    }),
    sudo: Flags.boolean({ description: 'run it as root by sudo' }),
  };

  async run(): Promise<ResultOf<'exec'>> {
    const { args, flags, raw } = await this.parse(Exec);
    // Not `argv`: the parser sorts it by the first place of each word, so a word that comes twice would move.
    const command = raw
      .filter((token) => token.type === 'arg')
      .map((token) => token.input)
      .slice(1);
    if (!args.host || command.length === 0) {
      throw new UserError(
        `Missing: ${[...(args.host ? [] : ['HOST']), ...(command.length === 0 ? ['-- COMMAND'] : [])].join(', ')}.`,
        { hint: 'Example: fanops exec app-1 -- uptime' },
      );
    }
    const { host } = args;
    const ctx = this.context(flags);
    await ctx.trusted();
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout');
    const execOn = await CATALOG.exec.load();
    try {
      // It runs on the host: Ctrl-C ends it there first, without a word: standard error is the command's.
      const result = await this.changing(
        () =>
          execOn(
            ctx,
            { host, command, sudo: flags.sudo, timeoutMs },
            {
              stdin: flags['no-stdin'] ? undefined : process.stdin,
              sinks: this.jsonEnabled() ? undefined : { stdout: process.stdout, stderr: process.stderr },
            },
          ),
        { quiet: true },
      );
      process.exitCode = result.code ?? signalCode(result.signal);
      return result;
    } catch (error) {
      // The reader of a pipe has gone, as in `fanops exec app-1 -- yes | head -1`, or the user stopped it: the command
      // was ended.
      const signal = isBrokenPipe(error) ? 'SIGPIPE' : ctx.signal.aborted && !this.jsonEnabled() ? 'SIGINT' : undefined;
      if (signal === undefined) throw error;
      process.exitCode = signalCode(signal);
      return { host, command, code: null, signal, stdout: '', stderr: '' };
    }
  }

  protected override readerGone(): void {
    // The transport hears of it as well, and ends the command first.
  }
}

/** How a shell tells that a signal ended a command. */
const signalCode = (signal: string | undefined): number => 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);

const isBrokenPipe = (error: unknown): boolean =>
  error instanceof RemoteError &&
  error.code === 'OUTPUT' &&
  (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
