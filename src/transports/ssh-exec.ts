import { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { RemoteError, messageOf } from '../core/errors.js';
import { abortedError, deadlineError, inputError, outputError } from './command-errors.js';
import { commandLine, readable } from './command-line.js';
import { DEFAULT_TIMEOUT_MS, type Execution } from './executor.js';
import { Output } from './output.js';
import { PidFilter } from './pid-filter.js';
import { isRefusal, Refused, type ChannelSlot, type SshSession } from './ssh-session.js';
import type { OpenLink } from './ssh-handshake.js';
import type { Command, RunOptions } from './transport.js';

/** How long ending a command, and closing its channel after that, may take. */
const KILLING_MS = 2000;
const CLOSING_MS = 3000;

/** The number is that of the leader of the session that sshd made for the command: all of its group is ended. */
const KILL = 'kill -s KILL -- "-$1" 2>/dev/null || kill -s KILL "$1"';

/**
 * Runs one command on a channel of its own and waits until it has ended and its output is complete.
 * Its slot is held until the channel is closed, also when the caller was told of a deadline before that.
 */
export function execOverSsh(session: SshSession, command: Command, options: RunOptions = {}): Promise<Execution> {
  const line = commandLine(command, options.stdin !== undefined);
  return session.withChannel((link, slot) => new Channel(session, link, command, options, slot).run(line), () => {
    if (options.signal?.aborted) throw abortedError(session.host, command);
  });
}

class Channel {
  readonly #session: SshSession;
  readonly #link: OpenLink;
  readonly #command: Command;
  readonly #options: RunOptions;
  readonly #slot: ChannelSlot;
  readonly #output: Output;
  readonly #pid = new PidFilter();
  #channel?: ClientChannel;
  #exit?: { code: number | null; signal?: string };
  #settled = false;

  constructor(session: SshSession, link: OpenLink, command: Command, options: RunOptions, slot: ChannelSlot) {
    this.#session = session;
    this.#link = link;
    this.#command = command;
    this.#options = options;
    this.#slot = slot;
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
    setTimeout(this.#slot.release, CLOSING_MS).unref();
  }

  async #kill(): Promise<void> {
    const { pid } = this.#pid;
    if (!pid || (await killOver(this.#link, pid))) return;
    // Every session that the server allows is taken: a connection of its own has another.
    const spare = this.#session.link.another();
    try {
      await killOver(await spare.open(), pid);
    } catch {
      // The caller is told that the command did not end in time; more cannot be done for it.
    } finally {
      await spare.close();
    }
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

/** Ends a command by its number. Resolves with false when the server opens no channel for it. */
function killOver(link: OpenLink, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), KILLING_MS);
    const done = (opened: boolean): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    try {
      link.client.exec(commandLine({ argv: ['sh', '-c', KILL, 'kill', String(pid)] }, false), (error, channel) => {
        if (error) done(false);
        else channel.on('close', () => done(true)).resume();
      });
    } catch {
      done(true); // the link broke: nothing can be ended over it
    }
  });
}
