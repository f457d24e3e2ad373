import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { RemoteError, messageOf } from '../core/errors.js';
import { AnswerFilter } from './answer-filter.js';
import {
  abortedError,
  deadlineError,
  idleError,
  inputError,
  loginShellError,
  lostOutputError,
  outputError,
} from './command-errors.js';
import { commandLine, readable } from './command-line.js';
import { DEFAULT_TIMEOUT_MS, type ExecOptions, type Execution } from './executor.js';
import { Output } from './output.js';
import { killOver } from './ssh-kill.js';
import { isRefusal, Refused, type ChannelSlot, type SshSession } from './ssh-session.js';
import type { OpenLink } from './ssh-open-link.js';
import type { Command, ForeignText } from './transport.js';

/** How long closing a channel may take. */
const CLOSING_MS = 3000;

/** How long the process of a command that is ended early is waited for: its number may still be on its way. */
const NUMBER_MS = 2000;

/** How long a login shell may take until it comes to the command. */
const START_MS = 30_000;

/**
 * Runs one command on a channel of its own and waits until it has ended and its output is complete. What the login
 * shell prints is dropped.
 * Its slot is held until the channel is closed, also when the caller was told of a deadline before that.
 */
export function execOverSsh(session: SshSession, command: Command, options: ExecOptions = {}): Promise<Execution> {
  const mark = randomBytes(9).toString('hex');
  const line = commandLine(command, options.stdin !== undefined, mark);
  return session.withChannel(
    (link, slot) => new Channel(session, link, command, options, slot, mark).run(line),
    () => {
      if (options.signal?.aborted) throw abortedError(session.host, command);
    },
  );
}

class Channel {
  readonly #session: SshSession;
  readonly #link: OpenLink;
  readonly #command: Command;
  readonly #options: ExecOptions;
  readonly #slot: ChannelSlot;
  readonly #output: Output;
  readonly #stdout: AnswerFilter;
  readonly #stderr: AnswerFilter;
  #channel?: ClientChannel;
  #exit?: { code: number | null; signal?: string };
  #starting?: NodeJS.Timeout;
  #started = false;
  #settled = false;

  constructor(
    session: SshSession,
    link: OpenLink,
    command: Command,
    options: ExecOptions,
    slot: ChannelSlot,
    mark: string,
  ) {
    this.#session = session;
    this.#link = link;
    this.#command = command;
    this.#options = options;
    this.#slot = slot;
    this.#output = new Output(options.onLine, (...fault) => this.#giveUp(outputError(session.host, command, ...fault)));
    // Standard output decides: a login shell that sends it elsewhere would make every answer an empty one.
    [this.#stdout, this.#stderr] = [new AnswerFilter(mark, () => this.#begin()), new AnswerFilter(mark)];
  }

  #giveUp: (error: Error) => void = () => undefined;
  #touch: () => void = () => undefined;
  #told: () => void = () => undefined;

  run(line: string): Promise<Execution> {
    return new Promise<Execution>((resolve, reject) => {
      const { idleTimeoutMs, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
      const onAbort = (): void => this.#giveUp(abortedError(this.#session.host, this.#command));
      const timer = setTimeout(() => this.#giveUp(this.#tooLate()), idleTimeoutMs ?? timeoutMs);
      if (idleTimeoutMs !== undefined) this.#touch = () => void timer.refresh();
      const settle = (act: () => void): void => {
        if (this.#settled) return;
        this.#settled = true;
        clearTimeout(timer);
        clearTimeout(this.#starting);
        this.#options.signal?.removeEventListener('abort', onAbort);
        act();
      };
      this.#giveUp = (error) => settle(() => void this.#end().then(() => reject(error)));
      this.#options.signal?.addEventListener('abort', onAbort, { once: true });
      const ended = (): void =>
        settle(() => {
          this.#session.noteForeign(this.#foreign());
          if (!this.#exit) reject(this.#noExit());
          else if (this.#started) resolve(this.#execution(this.#exit));
          else reject(this.#notStarted(this.#exit));
        });
      try {
        this.#link.client.exec(line, (error, channel) => {
          if (error) {
            // A refused one gives its slot back when it is known how many there are.
            if (!isRefusal(error)) this.#slot.release();
            settle(() => reject(isRefusal(error) ? new Refused(error) : this.#openingFailed(error)));
          } else this.#opened(channel, ended);
        });
      } catch (error) {
        // ssh2 throws when its socket is gone already.
        this.#link.lost = true;
        this.#slot.release();
        settle(() => reject(this.#openingFailed(error)));
      }
    });
  }

  #opened(channel: ClientChannel, ended: () => void): void {
    this.#channel = channel;
    this.#slot.opened();
    channel.on('error', (error: Error) => this.#giveUp(error));
    channel.on('exit', (code: number | null, signal?: string) => (this.#exit = { code, signal }));
    const closed = new Promise<void>((resolve) => {
      channel.once('close', () => {
        this.#slot.release();
        resolve();
      });
    });
    // The channel says `close` when stdout is read to its end; stderr may still be on its way.
    void Promise.all([
      closed,
      this.#read('stdout', channel, this.#stdout),
      this.#read('stderr', channel.stderr, this.#stderr),
    ]).then(ended);
    if (this.#settled) void this.#end();
    else
      this.#starting = setTimeout(
        () => this.#giveUp(this.#notStarted(START_MS)),
        Math.min(START_MS, this.#options.timeoutMs ?? START_MS),
      );
  }

  #read(name: 'stdout' | 'stderr', source: Readable, answer: AnswerFilter): Promise<void> {
    const { sinks, filters } = this.#options;
    source.on('data', () => this.#touch());
    const own = filters?.[name];
    const stream = own ? source.pipe(answer).pipe(own) : source.pipe(answer);
    return sinks ? this.#output.pass(name, stream, sinks[name]) : this.#output.read(name, stream);
  }

  /** The command runs: only now it gets its input, which nothing else of the login shell is to read. */
  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    clearTimeout(this.#starting);
    this.#told();
    if (this.#channel && !this.#settled) this.#feed(this.#channel);
  }

  #feed(channel: ClientChannel): void {
    const { stdin } = this.#options;
    // Without input the channel stays open for signals; the command reads from /dev/null.
    if (stdin === undefined) return;
    if (!(stdin instanceof Readable)) {
      channel.end(stdin);
      return;
    }
    const broke = (error: Error): void => this.#giveUp(inputError(this.#session.host, this.#command, error));
    stdin.once('error', broke);
    // ssh2 never calls back for data that the closed channel did not take: the source must not wait for it.
    channel.once('close', () => {
      stdin.unpipe(channel);
      stdin.destroy();
    });
    if (stdin.errored) return broke(stdin.errored);
    stdin.on('data', () => this.#touch());
    stdin.pipe(channel);
  }

  /** Ends the command on the host as far as the link allows, then closes its channel. Never raises. */
  async #end(): Promise<void> {
    const channel = this.#channel;
    if (!channel) return;
    if (this.#options.stdin instanceof Readable) this.#options.stdin.destroy();
    if (!this.#link.lost && !this.#exit) await this.#kill();
    channel.close();
    setTimeout(this.#slot.release, CLOSING_MS).unref();
  }

  /** The process of the command; undefined when it has none by then. */
  async #process(): Promise<number | undefined> {
    const known = (): number | undefined => this.#stderr.pid ?? this.#stdout.pid;
    if (known() !== undefined) return known();
    const told = new Promise<void>((resolve) => (this.#told = resolve));
    const closed = new Promise<void>((resolve) => this.#channel?.once('close', resolve));
    const timer = new AbortController();
    await Promise.race([told, closed, sleep(NUMBER_MS, undefined, { signal: timer.signal })]).finally(() =>
      timer.abort(),
    );
    return known();
  }

  async #kill(): Promise<void> {
    const pid = await this.#process();
    const gently = this.#options.interruptible === true && this.#options.signal?.aborted === true;
    if (!pid || (await killOver(this.#link, pid, gently))) return;
    // Every session that the server allows is taken: a connection of its own has another.
    const spare = this.#session.link.another();
    try {
      await killOver(await spare.open(), pid, gently);
    } catch {
      // The caller is told that the command did not end in time; more cannot be done for it.
    } finally {
      await spare.close();
    }
  }

  #execution(exit: { code: number | null; signal?: string }): Execution {
    // A login shell that stayed behind may end with a code of its own.
    const ownCode = this.#stderr.code ?? this.#stdout.code;
    const end = ownCode === undefined ? exit : { code: ownCode, signal: undefined };
    if (this.#options.sinks) return { ...end, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    return { ...end, stdout: this.#output.bytes('stdout'), stderr: this.#output.bytes('stderr') };
  }

  #tooLate(): Error {
    const { idleTimeoutMs, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const { host } = this.#session;
    if (!this.#started && this.#channel) return this.#notStarted(idleTimeoutMs ?? timeoutMs);
    if (idleTimeoutMs !== undefined) return idleError(host, this.#command, idleTimeoutMs, this.#output.tail());
    return deadlineError(host, this.#command, timeoutMs, this.#output.tail());
  }

  #foreign(): ForeignText {
    return { stdout: this.#stdout.foreign, stderr: this.#stderr.foreign };
  }

  #notStarted(end: { code: number | null; signal?: string } | number): Error {
    const { stdout, stderr } = this.#foreign();
    const { host, link } = this.#session;
    if (this.#stderr.pid !== undefined) return lostOutputError(host, link.user, this.#command);
    return loginShellError(host, link.user, this.#command, `${stdout.before}\n${stderr.before}`, end);
  }

  #noExit(): Error {
    if (this.#link.lost) return this.#session.link.lost(this.#link, readable(this.#command));
    return new RemoteError(
      `${this.#session.host} closed a command without saying how it ended: ${readable(this.#command)}`,
      {
        host: this.#session.host,
        command: readable(this.#command),
        stderr: this.#output.tail(),
      },
    );
  }

  #openingFailed(error: unknown): Error {
    if (this.#link.lost || messageOf(error) === 'No response from server') {
      this.#link.lost = true;
      return this.#session.link.lost(this.#link, readable(this.#command));
    }
    return new RemoteError(`${this.#session.host} does not run commands now: ${messageOf(error)}`, {
      host: this.#session.host,
      cause: error,
    });
  }
}
