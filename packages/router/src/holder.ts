import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { holderState, PROTOCOL_VERSION, type HolderState } from 'fanops-protocol';
import { isAlive, startOf } from './alive.js';
import { EngineProcess } from './engine-process.js';
import { endLeftovers } from './foreign/leftovers.js';
import { readJson, writeJson } from './json-file.js';
import { holderFile, settingsFile } from './layout.js';
import { lookUntil } from './look-until.js';
import { openSocket, type HeldSocket } from './open-socket.js';
import { keepOwnLogs } from './own-logs.js';
import { parseSettings, type RouterSettings } from './state.js';

const pollMs = 100;
const restartMs = 200;
const retryMs = 3_000;
const takeOverMs = 30_000;

interface InForce {
  settings: RouterSettings;
  /** By address and port, in the order in which engines get them. */
  sockets: Map<string, HeldSocket>;
  engine: EngineProcess;
  program: string;
}

/**
 * Holds the sockets of the router and runs an engine on them. Another engine, or another version of the program, gets
 * the same sockets
 * and answers before the old one ends, so no connection is refused or lost on the way; the same when an engine dies.
 */
export class Holder {
  #now: InForce | undefined;
  #seen = '';
  #error: string | undefined;
  #failedAt = 0;
  #tried: string | undefined;
  #stopping = false;
  #endLogs: () => void = () => undefined;

  constructor(
    private readonly dir: string,
    private readonly program: string,
  ) {}

  /** Starts the engine that `router.json` names. @throws {Error} when it doesn't come up */
  async start(): Promise<void> {
    await this.#endForerunner();
    this.#seen = await this.#mark();
    await this.#bringAbout();
    await this.#say();
    void this.#watch();
    this.#endLogs = keepOwnLogs(this.dir);
  }

  /** Lets requests finish and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endLogs();
    await this.#now?.engine.stop();
  }

  async #watch(): Promise<void> {
    while (!this.#stopping) {
      await delay(pollMs);
      const mark = await this.#mark();
      const again = this.#error !== undefined && Date.now() - this.#failedAt >= retryMs;
      if ((mark === this.#seen && !again) || this.#stopping) continue;
      this.#seen = mark;
      try {
        await this.#bringAbout();
        this.#error = undefined;
      } catch (error) {
        if (this.#error !== (error as Error).message) console.error((error as Error).message);
        this.#error = (error as Error).message;
        this.#failedAt = Date.now();
      }
      await this.#say();
    }
  }

  async #bringAbout(): Promise<void> {
    const settings = parseSettings(await readFile(settingsFile(this.dir), 'utf8'));
    this.#tried = settings.mark;
    const program = await this.#hash();
    const old = this.#now;
    if (old && old.program === program && engineKey(old.settings) === engineKey(settings)) return;
    const sockets = await this.#open(settings, old?.sockets);
    let engine;
    try {
      engine = await EngineProcess.start(this.program, this.dir, settings.engine ?? 'embedded', fdsOf(sockets));
    } catch (error) {
      closeOthers(sockets, old?.sockets);
      throw error;
    }
    const now = { settings, sockets, engine, program };
    this.#now = now;
    void engine.ended.then((how) => this.#restart(now, how));
    if (!old) return;
    closeOthers(old.sockets, sockets);
    old.engine.leave();
  }

  async #restart(lost: InForce, how: string): Promise<void> {
    while (!this.#stopping && this.#now === lost) {
      console.error(`the engine ${how}; it is started again`);
      await delay(restartMs);
      try {
        const engine = await EngineProcess.start(
          this.program,
          this.dir,
          lost.settings.engine ?? 'embedded',
          fdsOf(lost.sockets),
        );
        const now = { ...lost, engine };
        this.#now = now;
        void engine.ended.then((next) => this.#restart(now, next));
        await this.#say();
      } catch (error) {
        how = (error as Error).message;
      }
    }
  }

  /** The sockets of the settings; those that are held already are taken over. */
  async #open(
    { listen, httpPort }: RouterSettings,
    present?: Map<string, HeldSocket>,
  ): Promise<Map<string, HeldSocket>> {
    const opened = new Map<string, HeldSocket>();
    try {
      for (const port of [listen.port, ...(httpPort === undefined ? [] : [httpPort])]) {
        const key = `${listen.address} ${port}`;
        opened.set(key, present?.get(key) ?? (await openSocket(this.program, { ...listen, port })));
      }
    } catch (error) {
      closeOthers(opened, present);
      throw error;
    }
    return opened;
  }

  /**
   * A killed holder leaves its engine, which has the port and goes on: it lets its requests finish and gives the port
   * up.
   */
  async #endForerunner(): Promise<void> {
    const forerunner = await readJson(holderFile(this.dir), holderState);
    if (!forerunner) return;
    const { enginePid, engineStart, pid, start } = forerunner;
    if (pid !== process.pid && isAlive(pid, start))
      throw new Error(`a router runs on ${this.dir} already (process ${pid})`);
    if (isAlive(enginePid, engineStart)) process.kill(enginePid, 'SIGTERM');
    await endLeftovers(this.dir, true);
    const settings = parseSettings(await readFile(settingsFile(this.dir), 'utf8'));
    const isFree = (): Promise<true | undefined> =>
      this.#open(settings).then(
        (sockets) => (closeOthers(sockets), true),
        (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? undefined : true),
      );
    await lookUntil(isFree, { withinMs: takeOverMs, pauseMs: 50, late: () => true as const });
  }

  async #mark(): Promise<string> {
    const settings = await readFile(settingsFile(this.dir), 'utf8').catch((error: Error) => error.message);
    return `${await this.#hash().catch((error: Error) => error.message)} ${settings}`;
  }

  async #hash(): Promise<string> {
    return createHash('sha256')
      .update(await readFile(this.program))
      .digest('hex');
  }

  async #say(): Promise<void> {
    const now = this.#now;
    if (!now) return;
    const {
      settings: { engine = 'embedded', listen },
      program,
    } = now;
    const state: HolderState = {
      protocol: PROTOCOL_VERSION,
      pid: process.pid,
      start: startOf(process.pid),
      enginePid: now.engine.pid,
      engineStart: startOf(now.engine.pid),
      engine,
      listen,
      program,
      ...(this.#error !== undefined && { error: this.#error, tried: this.#tried }),
    };
    await writeJson(this.dir, holderFile(this.dir), state);
  }
}

const fdsOf = (sockets: Map<string, HeldSocket>): number[] => [...sockets.values()].map(({ fd }) => fd);

function closeOthers(sockets: Map<string, HeldSocket>, but?: Map<string, HeldSocket>): void {
  for (const [key, socket] of sockets) if (but?.get(key) !== socket) socket.close();
}

const socketKey = ({ listen, httpPort }: RouterSettings): string => JSON.stringify([listen, httpPort]);
/** Engines follow the rest of their settings by themselves. */
const engineKey = (settings: RouterSettings): string => `${settings.engine ?? 'embedded'} ${socketKey(settings)}`;
