import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ForeignProcess } from '../foreign/engine.js';
import { environment } from '../foreign/group.js';
import { lookUntil } from '../look-until.js';
import { HaproxyCli } from './cli.js';
import { reasonIn } from './check.js';

const deadlineMs = 15_000;
const leaveMs = 1_000;

/** One HAProxy with its configuration; another configuration is another process. */
interface Generation {
  child: ChildProcess;
  cli: HaproxyCli;
}

/**
 * HAProxy on sockets that listen already: at a reload another process takes connections before the old one stops to.
 */
export class HaproxyProcess implements ForeignProcess {
  readonly #ended = Promise.withResolvers<string>();
  readonly #all = new Set<Generation>();
  /** Resolve when a process has ended and its last line is in the log. */
  readonly #closed = new Set<Promise<unknown>>();
  #now: Generation | undefined;
  #quitting = false;
  #version = '';

  private constructor(
    private readonly haproxy: string,
    private readonly fds: readonly number[],
    private readonly logged: (line: string) => void,
  ) {}

  /** @param logged gets each line of the log @throws {Error} with HAProxy's own line when it doesn't come up */
  static async start(
    haproxy: string,
    fds: readonly number[],
    version: string,
    logged: (line: string) => void,
  ): Promise<HaproxyProcess> {
    const running = new HaproxyProcess(haproxy, fds, logged);
    running.#now = await running.#spawn(version);
    return running;
  }

  get pid(): number {
    return this.#now?.child.pid ?? 0;
  }

  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  async reload(version: string): Promise<void> {
    const old = this.#now;
    const before = this.#version;
    this.#now = await this.#spawn(version).catch((error: Error) => {
      this.#version = before;
      throw error;
    });
    if (!old) return;
    old.child.kill('SIGUSR1');
    // Only then none of its threads takes connections any more.
    while (isThere(old.child) && (await old.cli.info('Stopping').catch(() => '1')) === '0') await delay(10);
    void this.#leave(old);
  }

  letGo(): void {
    for (const { child } of this.#all) child.kill('SIGUSR1');
    for (const { cli } of this.#all) cli.close();
  }

  async quit(withinMs: number): Promise<void> {
    this.#quitting = true;
    this.letGo();
    const late = setTimeout(() => {
      for (const { child } of this.#all) child.kill('SIGKILL');
    }, withinMs);
    await Promise.all(this.#closed);
    clearTimeout(late);
  }

  /** Those that leave get it as well: a kept connection may bring them one more request. */
  async setMap(map: string, lines: string[]): Promise<void> {
    await Promise.all(
      [...this.#all].map((each) =>
        each.cli.setMap(map, lines).catch((error: Error) => {
          if (each === this.#now) throw error;
        }),
      ),
    );
  }

  /** Lines of the log that could not be written since the start of the present process. */
  async dropped(): Promise<number> {
    return Number(await this.#now?.cli.info('DroppedLogs'));
  }

  async #spawn(version: string): Promise<Generation> {
    this.#version = version;
    // HAProxy sets O_NONBLOCK on its log, and clears O_APPEND by that: on a file it would write over what is there.
    const stdio: StdioOptions = ['ignore', 'inherit', 'pipe', ...this.fds, 'pipe'];
    const child = spawn(this.haproxy, ['-db', '-f', 'haproxy.cfg'], { env: environment(), detached: true, stdio });
    readLines(child.stdio[3 + this.fds.length] as Readable, this.logged);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${String(chunk)}`.slice(-10_000);
    });
    await once(child, 'spawn');
    const failed = (how: string): never => {
      child.kill('SIGKILL');
      throw new Error(`HAProxy does not come up: ${reasonIn(said) ?? how}`);
    };
    const look = async (): Promise<Generation | undefined> => {
      const cli = await HaproxyCli.connect(`${version}.sock`).catch(() => undefined);
      if (cli && (await cli.info('Pid').catch(() => '')) === String(child.pid)) return { child, cli };
      cli?.close();
      const how = child.exitCode ?? child.signalCode;
      return how === null ? undefined : failed(`it ended with ${how}`);
    };
    const late = (): never => failed(`it did not answer within ${deadlineMs / 1000} s`);
    return this.#keep(await lookUntil(look, { withinMs: deadlineMs, pauseMs: 25, late }));
  }

  #keep(generation: Generation): Generation {
    this.#all.add(generation);
    const closed = once(generation.child, 'close');
    this.#closed.add(closed);
    void closed.then(() => this.#closed.delete(closed));
    generation.child.once('exit', (code, signal) => {
      this.#all.delete(generation);
      generation.cli.close();
      if (generation === this.#now && !this.#quitting)
        this.#ended.resolve(`HAProxy ended with ${String(signal ?? code)}`);
    });
    return generation;
  }

  /** The kept connection to its command line is what holds it at last. */
  async #leave({ cli }: Generation): Promise<void> {
    while ((await cli.info('CurrConns').catch(() => '0')) !== '0') await delay(leaveMs);
    cli.close();
  }
}

function readLines(from: Readable, take: (line: string) => void): void {
  let rest = '';
  from
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    })
    .on('end', () => {
      if (rest !== '') take(rest);
    });
}

const isThere = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;
