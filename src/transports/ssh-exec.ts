import { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { RemoteError, messageOf } from '../core/errors.js';
import { abortedError, deadlineError, inputError, outputError } from './command-errors.js';
import { commandLine, readable } from './command-line.js';
import { DEFAULT_TIMEOUT_MS, type Execution } from './executor.js';
import { Output } from './output.js';
import { PidFilter } from './pid-filter.js';
import type { OpenLink, SshLink } from './ssh-link.js';
import type { Slots } from './slots.js';
import type { Command, RunOptions } from './transport.js';

/** How long ending a command, and closing its channel after that, may take. */
const KILLING_MS = 2000;
const CLOSING_MS = 3000;

/** The number is that of the leader of the session that sshd made for the command: all of its group is ended. */
const KILL = 'kill -s KILL -- "-$1" 2>/dev/null || kill -s KILL "$1"';

/** What a command on a link needs to know of it. */
export interface SshSession {
  host: string;
  link: SshLink;
  slots: Slots;
}

/**
 * Runs one command on a channel of its own and waits until it has ended and its output is complete.
 * Its slot is held until the channel is closed, also when the caller was told of a deadline before that.
 */
export async function execOverSsh(session: SshSession, command: Command, options: RunOptions = {}): Promise<Execution> {
  const line = commandLine(command, options.stdin !== undefined);
  const release = await session.slots.take();
  try {
    if (options.signal?.aborted) throw abortedError(session.host, command);
    const link = await session.link.open();
    if (options.signal?.aborted) throw abortedError(session.host, command);
    return new Channel(session, link, command, options, release).run(line);
  } catch (error) {
    release();
    throw error;
  }
}

class Channel {
  readonly #session: SshSession;
  readonly #link: OpenLink;
  readonly #command: Command;
  readonly #options: RunOptions;
  readonly #release: () => void;
  readonly #output: Output;
  readonly #pid = new PidFilter();
  #channel?: ClientChannel;
  #exit?: { code: number | null; signal?: string };
  #settled = false;

  constructor(session: SshSession, link: OpenLink, command: Command, options: RunOptions, release: () => void) {
    this.#session = session;
    this.#link = link;
    this.#command = command;
    this.#options = options;
    this.#release = release;
    this.#output = new Output(options.onLine, (reason, detail) => this.#giveUp(outputError(session.host, command, reason, detail)));
  }

  #giveUp: (error: Error) => void = () => undefined;

  run(line: string): Promise<Execution> {
    return new Promise<Execution>((resolve, reject) => {
      const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const onAbort = (): void => this.#giveUp(abortedError(this.#session.host, this.#command));
      const timer = setTimeout(
        () => this.#giveUp(deadlineError(this.#session.host, this.#command, timeoutMs, this.#output.tail())),
        timeoutMs,
      );
      const settle = (act: () => void): void => {
        if (this.#settled) return;
        this.#settled = true;
        clearTimeout(timer);
        this.#options.signal?.removeEventListener('abort', onAbort);
        act();
      };
      this.#giveUp = (error) => settle(() => void this.#end().then(() => reject(error)));
      this.#options.signal?.addEventListener('abort', onAbort, { once: true });
      const ended = (): void => settle(() => (this.#exit ? resolve(this.#execution(this.#exit)) : reject(this.#noExit())));
      try {
        this.#link.client.exec(line, (error, channel) => {
          if (error) {
            this.#release();
            settle(() => reject(this.#openingFailed(error)));
          } else this.#opened(channel, ended);
        });
      } catch (error) {
        // ssh2 throws when its socket is gone already.
        this.#link.lost = true;
        this.#release();
        settle(() => reject(this.#openingFailed(error)));
      }
    });
  }

  #opened(channel: ClientChannel, ended: () => void): void {
    this.#channel = channel;
    channel.on('error', (error: Error) => this.#giveUp(error));
    channel.on('exit', (code: number | null, signal?: string) => (this.#exit = { code, signal }));
    const closed = new Promise<void>((resolve) => {
      channel.once('close', () => {
        this.#release();
        resolve();
      });
    });
    // The channel says `close` when stdout is read to its end; stderr may still be on its way.
    const read = [this.#output.read('stdout', channel), this.#output.read('stderr', channel.stderr.pipe(this.#pid))];
    void Promise.all([closed, ...read]).then(ended);
    if (this.#settled) void this.#end();
    else this.#feed(channel);
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
    if (stdin.errored) broke(stdin.errored);
    else stdin.pipe(channel);
  }

  /** Ends the command on the host as far as the link allows, then closes its channel. Never raises. */
  async #end(): Promise<void> {
    const channel = this.#channel;
    if (!channel) return;
    if (this.#options.stdin instanceof Readable) this.#options.stdin.destroy();
    if (!this.#link.lost && !this.#exit) await this.#kill();
    channel.close();
    setTimeout(this.#release, CLOSING_MS).unref();
  }

  #kill(): Promise<void> {
    const { pid } = this.#pid;
    if (!pid) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, KILLING_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      try {
        this.#link.client.exec(commandLine({ argv: ['sh', '-c', KILL, 'kill', String(pid)] }, false), (error, channel) => {
          if (error) done();
          else channel.on('close', done).resume();
        });
      } catch {
        done(); // the link broke: nothing can be ended over it
      }
    });
  }

  #execution(exit: { code: number | null; signal?: string }): Execution {
    return { code: exit.code, signal: exit.signal, stdout: this.#output.bytes('stdout'), stderr: this.#output.bytes('stderr') };
  }

  #noExit(): Error {
    if (this.#link.lost) return this.#session.link.lost(this.#link, readable(this.#command));
    return new RemoteError(`${this.#session.host} closed a command without saying how it ended: ${readable(this.#command)}`, {
      host: this.#session.host,
      command: readable(this.#command),
      stderr: this.#output.tail(),
    });
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
