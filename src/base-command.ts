import { createContext, httpAgent, type Context, type ContextOptions } from './context.js';
import type { Asker } from './core/asker.js';
import { diskFullHere, isDiskFull } from './core/disk-full.js';
import { BugError, CancelledError, FanopsError, UserError, messageOf } from './core/errors.js';
import { ExitCode } from './core/exit-codes.js';
import { quote } from './core/quote.js';
import { CLIError, Command, Flags } from './oclif.js';
import { errorJson, renderError } from './ui/error.js';
import { chooseProgress, PROGRESS_MODES, type Progress, type ProgressMode } from './ui/progress/choose.js';
import { commandWith, plainStyle, styleFor, type Style } from './ui/style.js';
import { jsonText, terminalText } from './ui/terminal-text.js';
import { widthOf, wrap } from './ui/width.js';

export interface BaseFlags {
  file?: string;
  env?: string;
  progress?: string;
  trust?: string;
  'accept-new-key'?: boolean;
}

/** How long a command that has ended, or a look that the user stopped, may keep the process, in milliseconds. */
const LINGER_MS = 500;

/** What every command shares: the context, signals, how errors end. The only place that ends the process. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    file: Flags.string({
      description: 'fleet file; default: fanops.yaml here or above',
      env: 'FANOPS_FILE',
      helpGroup: 'GLOBAL',
      helpValue: 'PATH',
    }),
    env: Flags.string({
      char: 'e',
      description: 'environment: fanops.ENV.yaml is laid over the fleet file',
      env: 'FANOPS_ENV',
      helpGroup: 'GLOBAL',
      helpValue: 'ENV',
    }),
    trust: Flags.string({
      description: 'trust the fleet when its content has this hash, as `fanops trust` prints it',
      env: 'FANOPS_TRUST',
      helpGroup: 'GLOBAL',
      helpValue: 'HASH',
    }),
    progress: Flags.string({
      description: 'how progress is shown',
      options: [...PROGRESS_MODES],
      default: 'auto',
      env: 'FANOPS_PROGRESS',
      helpGroup: 'GLOBAL',
    }),
  };

  #selection = '';
  protected style: Style = plainStyle(() => this.#selection);
  #errorStyle: Style = this.style;
  readonly #abort = new AbortController();
  #agent: ContextOptions['agent'];
  #context: Context | undefined;
  #progress: Progress | undefined;
  #lost = false;
  #openEnded = false;
  #changing = 0;
  #quiet = false;
  #lingering?: NodeJS.Timeout;
  readonly #onSignal = (): void => this.#interrupt();

  protected override async init(): Promise<void> {
    await super.init();
    if (!this.jsonEnabled()) {
      this.style = await styleFor(process.stdout, process.env, () => this.#selection);
      this.#errorStyle = await styleFor(process.stderr, process.env, () => this.#selection);
    }
    this.#agent = await httpAgent(process.env);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#onSignal);
    // The library's own listener throws what it does not know.
    process.stdout.removeAllListeners('error');
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') this.readerGone();
      else this.#outputLost(error);
    });
  }

  /** The result does not get to where it was sent, such as a file on a full disk: that is no success. */
  #outputLost(error: Error): void {
    if (this.#lost) return;
    this.#lost = true;
    process.stderr.write(
      'Error: The output cannot be written: ' +
        `${isDiskFull(error) ? 'its disk is full' : terminalText(error.message, false)}.\n`,
    );
    process.once('exit', () => {
      process.exitCode ||= ExitCode.failed;
    });
  }

  /** The reader of a pipe has gone: `fanops logs m1 | head` ends quietly. */
  protected readerGone(): void {
    process.exit(ExitCode.ok);
  }

  /** True when a person can answer: both ends are terminals, and no machine reads the output. */
  protected get interactive(): boolean {
    return Boolean(process.stdin.isTTY && process.stdout.isTTY && !this.jsonEnabled() && !process.env.CI);
  }

  /** The context of the operations; made at the first call, opened lazily inside. */
  protected context(flags: BaseFlags): Context {
    this.#selection = selectionOf(flags, process.env);
    const progress = (this.#progress ??= chooseProgress({
      mode: (flags.progress ?? 'auto') as ProgressMode,
      json: this.jsonEnabled(),
      style: this.style,
      env: process.env,
    }));
    this.#context ??= createContext({
      cwd: process.cwd(),
      env: process.env,
      file: flags.file,
      environment: flags.env,
      version: this.config.version,
      listener: progress.listener,
      signal: this.#abort.signal,
      asker: this.interactive ? this.#asker() : undefined,
      acceptNewKeys: flags['accept-new-key'],
      trust: flags.trust,
      agent: this.#agent,
      changing: () => this.#changing > 0,
    });
    return this.#context;
  }

  /** Loaded with its first question: most commands ask none. */
  #asker(): Asker {
    const { signal } = this.#abort;
    let loaded: Promise<Asker> | undefined;
    const asker = () => (loaded ??= import('./prompts/passphrase.js').then((prompts) => prompts.terminalAsker(signal)));
    return {
      secret: async (question) => (await asker()).secret(question),
      text: async (question) => (await asker()).text(question),
      confirm: async (question) => (await asker()).confirm(question),
    };
  }

  /** Resolves when the live tree has drawn its last frame. */
  protected async progressSettled(): Promise<void> {
    await this.#progress?.settled();
  }

  /**
   * For what goes on until Ctrl-C: that is its ordinary end then, without a notice and with exit code 0. Gives the
   * signal that ends it.
   */
  protected untilInterrupted(): AbortSignal {
    this.#openEnded = true;
    return this.#abort.signal;
  }

  /**
   * Work that changes things: Ctrl-C lets it stop where it can go on later. All else ends at once.
   * @param quiet no word about that: standard error belongs to a command on a host
   */
  protected async changing<T>(work: () => Promise<T>, { quiet = false } = {}): Promise<T> {
    this.#changing += 1;
    this.#quiet = quiet;
    try {
      return await work();
    } finally {
      this.#changing -= 1;
    }
  }

  /** Prints a result for people, no line wider than the terminal; nothing with `--json`. */
  protected print(text: string | (() => string)): void {
    // A long table takes longer than the answer that it shows.
    if (this.jsonEnabled()) return;
    const safe = terminalText(typeof text === 'string' ? text : text(), this.style.coloured);
    this.log('%s', wrap(safe, widthOf(process.stdout), 2));
  }

  /** Prints what others wrote, such as a log, in lines as long as they are. */
  protected printAsIs(text: string): void {
    this.log('%s', terminalText(text, this.style.coloured));
  }

  protected override logJson(json: unknown): void {
    process.stdout.write(`${jsonText(json, 2)}\n`);
  }

  protected override async catch(thrown: unknown): Promise<void> {
    await this.progressSettled();
    if (this.#openEnded && this.#abort.signal.aborted) return;
    const error = toFanopsError(thrown, this.#abort.signal);
    const scrub = (text: string): string => this.#context?.secrets.scrubber.scrub(text) ?? text;
    if (this.jsonEnabled())
      process.stdout.write(
        `${scrub(
          jsonText(
            errorJson(error, (step) => commandWith(this.#selection, step)),
            2,
          ),
        )}\n`,
      );
    else process.stderr.write(`${scrub(renderError(error, this.#errorStyle))}\n`);
    process.exitCode = error.exitCode;
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await this.progressSettled();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#onSignal);
    await this.#context?.dispose();
    await super.finally(error);
    this.#endWithin(LINGER_MS);
  }

  #interrupt(): void {
    if (this.#abort.signal.aborted) process.exit(ExitCode.cancelled);
    if (this.#changing > 0 && !this.#openEnded && !this.#quiet)
      process.stderr.write('\nStopping safely; once more to stop at once.\n');
    this.#abort.abort(new CancelledError());
    if (this.#changing === 0 && !this.#openEnded) {
      process.exitCode = ExitCode.cancelled;
      this.#endWithin(LINGER_MS, '\nError: Cancelled.\n');
    }
  }

  /**
   * Ends the process when what nobody waits for any more, such as a socket whose other end is silent, keeps it; not
   * before its output is read.
   */
  #endWithin(ms: number, words = ''): void {
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => {
      if (process.stdout.writableLength + process.stderr.writableLength > 0) return this.#endWithin(ms, words);
      process.stderr.write(words);
      process.exit();
    }, ms).unref();
  }
}

/**
 * The flags that a command to type next needs, so that it acts on the same fleet. A file that the environment names is
 * named for the next one too.
 */
function selectionOf({ file, env }: BaseFlags, variables: NodeJS.ProcessEnv): string {
  const named =
    file !== undefined && file !== variables.FANOPS_FILE
      ? [`--file ${/^[\w./~-]+$/.test(file) ? file : quote(file)}`]
      : [];
  return [...named, ...(env === undefined ? [] : [`-e ${env}`])].join(' ');
}

/** Anything that was thrown as one of our errors; what nobody expected is a fault of fanops. */
function toFanopsError(thrown: unknown, signal: AbortSignal): FanopsError {
  if (thrown instanceof FanopsError) return thrown;
  if (signal.aborted && signal.reason instanceof FanopsError) return signal.reason;
  const name = thrown instanceof Error ? thrown.name : '';
  if (name === 'ExitPromptError' || name === 'AbortPromptError' || name === 'CancelPromptError')
    return new CancelledError();
  if (thrown instanceof CLIError) {
    const told = thrown.message
      .replace(/^The following errors? occurred:\n\s*/, '')
      .replace(/\nSee more help with --help$/, '');
    return new UserError(told, { hint: 'See --help.' });
  }
  // Whatever was to be written: the user's state, caches, or the folder for temporary files.
  if (isDiskFull(thrown)) return diskFullHere(thrown);
  const bug = new BugError(messageOf(thrown), { cause: thrown });
  if (thrown instanceof Error) bug.stack = thrown.stack;
  return bug;
}
