import { randomBytes } from 'node:crypto';
import { PassThrough, Readable, type TransformCallback } from 'node:stream';
import { RemoteError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import { AnswerFilter } from './answer-filter.js';
import { LINE_PREFIX, programWords, readable, settingsOf } from './command-line.js';
import type { ExecOptions, Execution, Executor } from './executor.js';
import { Slots } from './slots.js';
import { sudoRefusal, type Refusal } from './sudo-errors.js';
import type { Command } from './transport.js';

/** Gives the password for sudo on one host; undefined when nobody knows it. */
export type SudoPassword = () => Promise<Secret | undefined>;

/** Says on both streams that sudo let it through, with its process number, then becomes the command. */
const STARTED = [
  `echo "${LINE_PREFIX}$1 $$" && echo "${LINE_PREFIX}$1 $$" >&2 || exit 1`,
  'if [ -n "$2" ]; then cd -- "$2" || exit 1; fi; shift 2; exec "$@"',
].join('; ');

/** Commands by sudo run in the process group of their login; only root may end all of it. */
const KILL_GROUP = 'group=$(ps -o pgid= -p "$1" | tr -d " "); [ -z "$group" ] || kill -s KILL -- "-$group"';

/** How long ending a command may take. */
const KILLING_MS = 5000;

/**
 * Runs commands as root: without a password first, with one when sudo requires it. The password is sent when sudo asks
 * for it, and what the
 * command reads is sent after sudo has started it, so that neither ever gets the other's; it is on no command line.
 */
export class Sudo {
  readonly #host: string;
  readonly #exec: Executor;
  readonly #ask?: SudoPassword;
  readonly #rootless: boolean;
  /**
   * Until a password has proved right, one command at a time tries it: several failures at once may lock the account.
   */
  readonly #proving = new Slots(1);
  #password?: Promise<Secret | undefined>;
  #proved = false;
  #refusal?: RemoteError;

  constructor(host: string, exec: Executor, password?: SudoPassword, rootless = false) {
    this.#rootless = rootless;
    this.#host = host;
    this.#exec = exec;
    this.#ask = password;
  }

  /** @throws RemoteError, code SUDO, and at once for all later commands after a wrong password. */
  async run(command: Command, options: ExecOptions): Promise<Execution> {
    const { stdin } = options;
    try {
      if (this.#rootless) throw this.#failure({ kind: 'rootless', said: '' }, command);
      if (!this.#password) {
        const attempt = new Attempt(this.#exec, command, options);
        const result = await attempt.run();
        if (attempt.started) return result;
        const refusal = sudoRefusal(result);
        if (refusal.kind !== 'password') throw this.#failure(refusal, command);
      }
      return await this.#withPassword(command, options);
    } finally {
      if (stdin instanceof Readable) stdin.destroy();
    }
  }

  async #withPassword(command: Command, options: ExecOptions): Promise<Execution> {
    const password = await (this.#password ??= this.#ask?.() ?? Promise.resolve(undefined));
    const release = this.#proved ? () => undefined : await this.#proving.take();
    try {
      if (this.#refusal) throw this.#refusal;
      if (!password) throw this.#failure({ kind: 'password', said: 'sudo: a password is required' }, command);
      const attempt = new Attempt(this.#exec, command, options, password, () => {
        this.#proved = true;
        release();
      });
      const result = await attempt.run();
      if (attempt.started) return result;
      const refusal = sudoRefusal(result);
      if (!attempt.wrong) throw this.#failure(refusal, command);
      this.#refusal = this.#failure({ kind: 'wrong', said: refusal.said }, command);
      throw this.#refusal;
    } finally {
      release();
    }
  }

  #failure({ kind, said }: Refusal, command: Command): RemoteError {
    const [what, hint] = {
      password: [
        'sudo requires a password',
        `Put \`sudoPassword: env:NAME\` into the part of ${this.#host} in the fleet file, allow it ` +
          'without a password (NOPASSWD), or run in a terminal.',
      ],
      wrong: [
        'sudo did not take the password; it was tried once, and is not tried again',
        'Correct it and run the command again.',
      ],
      terminal: [
        'sudo requires a terminal there',
        `Turn it off for this login in its sudoers: Defaults:LOGIN !requiretty`,
      ],
      rule: [
        'the login may not use sudo for this',
        'Give it a rule in sudoers; fanops starts commands as `sh -c`, so a rule for single programs does not do.',
      ],
      rootless: ['it shares this machine, so nothing is run there as root', 'Run the command without --sudo.'],
      missing: ['there is no sudo', 'Install it, or log in as root.'],
      other: ['sudo did not start the command', 'Try it by hand: fanops host ssh.'],
    }[kind];
    return new RemoteError(`${this.#host}: ${what}${said ? ` (${said})` : ''}.`, {
      host: this.#host,
      code: 'SUDO',
      command: readable(command),
      stderr: said,
      hint,
      data: { reason: kind },
    });
  }
}

/** One call of sudo. */
class Attempt {
  readonly #exec: Executor;
  readonly #command: Command;
  readonly #options: ExecOptions;
  readonly #password?: Secret;
  readonly #onStart: () => void;
  readonly #mark = randomBytes(8).toString('hex');
  readonly #question = `fanops-sudo-${this.#mark} ask`;
  readonly #stderr = new SudoFilter(
    this.#mark,
    this.#question,
    () => this.#answer(),
    () => this.#start(),
  );
  readonly #input?: PassThrough;
  #asked = 0;

  constructor(
    exec: Executor,
    command: Command,
    options: ExecOptions,
    password?: Secret,
    onStart: () => void = () => undefined,
  ) {
    this.#exec = exec;
    this.#command = command;
    this.#options = options;
    this.#password = password;
    this.#onStart = onStart;
    if (password || options.stdin !== undefined) this.#input = new PassThrough();
  }

  get started(): boolean {
    return this.#stderr.pid !== undefined;
  }

  get wrong(): boolean {
    return this.#asked > 1;
  }

  async run(): Promise<Execution> {
    const { stdin } = this.#options;
    if (stdin instanceof Readable) stdin.on('error', (error) => this.#input?.destroy(error));
    try {
      const filters = { stdout: new AnswerFilter(this.#mark), stderr: this.#stderr };
      const result = await this.#exec(this.#wrapped(), { ...this.#options, sudo: false, stdin: this.#input, filters });
      return this.started
        ? result
        : { ...result, stderr: Buffer.from(this.#stderr.foreign.before.replaceAll(this.#question, '')) };
    } catch (error) {
      await this.#kill();
      throw error;
    }
  }

  #wrapped(): Command {
    const settings = ['LC_ALL=C', ...settingsOf(this.#command).map(([name, value]) => `${name}=${value}`)];
    const way = this.#password ? ['-S', '-p', `\n${this.#question}\n`] : ['-n'];
    const program = ['env', ...settings, ...programWords(this.#command)];
    return {
      argv: ['sudo', ...way, '--', 'sh', '-c', STARTED, 'fanops-sudo', this.#mark, this.#command.cwd ?? '', ...program],
    };
  }

  #answer(): void {
    this.#asked += 1;
    // To be asked again means that it was wrong. With the end of the input sudo gives up.
    if (this.#asked > 1) this.#input?.end();
    else this.#input?.write(`${this.#password?.reveal() ?? ''}\n`);
  }

  #start(): void {
    this.#onStart();
    const { stdin } = this.#options;
    if (stdin instanceof Readable && this.#input) stdin.pipe(this.#input);
    else this.#input?.end(stdin);
  }

  /** Ends what is left of a command that was given up on; what the login itself may end is gone already. */
  async #kill(): Promise<void> {
    if (!this.started) return;
    const argv = ['sh', '-c', KILL_GROUP, 'kill', String(this.#stderr.pid)];
    const kill = new Attempt(this.#exec, { argv }, { timeoutMs: KILLING_MS }, this.#password);
    await kill.run().catch(() => undefined); // the link may be gone; the caller is told why the command was given up on
  }
}

/** Drops what sudo itself says on stderr before the command: its lecture, its questions. They are answered. */
class SudoFilter extends AnswerFilter {
  readonly #question: Buffer;
  readonly #onQuestion: () => void;
  #heard = Buffer.alloc(0);

  constructor(mark: string, question: string, onQuestion: () => void, onStart: () => void) {
    super(mark, onStart);
    this.#question = Buffer.from(`${question}\n`);
    this.#onQuestion = onQuestion;
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    if (this.pid === undefined) this.#listen(chunk);
    super._transform(chunk, encoding, done);
  }

  #listen(chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk]);
    for (let at = this.#heard.indexOf(this.#question); at >= 0; at = this.#heard.indexOf(this.#question)) {
      this.#heard = this.#heard.subarray(at + this.#question.length);
      this.#onQuestion();
    }
    this.#heard = Buffer.from(this.#heard.subarray(-this.#question.length));
  }
}
