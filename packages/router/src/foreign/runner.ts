import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PROTOCOL_VERSION, type AppliedState } from 'fanops-protocol';
import { startOf } from '../alive.js';
import { Desired, type Wish } from '../desired.js';
import { writeJson } from '../json-file.js';
import { appliedFile, type ForeignName } from '../layout.js';
import { OneAtATime } from '../one-at-a-time.js';
import { OwnSettings } from '../own-settings.js';
import { shutdownMs } from '../shutdown.js';
import type { RouterState } from '../state.js';
import { HealthChecks } from '../targets/health-checks.js';
import { ejectedOf, TargetHealth } from '../targets/target-health.js';
import { watchFiles } from '../watch-files.js';
import type { ForeignEngine, ForeignProcess, Rendered } from './engine.js';
import { endLeftovers, runDirOf } from './leftovers.js';
import { RetryProxy } from './retry-proxy.js';

const tidyMs = 5_000;
const restartMs = 200;
const logFailure = (error: Error): void => console.error(error.message);
/** What requests get to finish while another engine serves already. */
const leaveMs = ({ drainMs = 0 }: Partial<RouterState> = {}): number => Math.max(250_000, drainMs);

/**
 * A foreign engine on a router's directory: follows `router.json` and `routes/*.json`, says in `applied.json` what is
 * in force.
 */
export class ForeignRunner {
  #process: ForeignProcess | undefined;
  #inForce: (Rendered & { state: RouterState }) | undefined;
  #stopping = false;
  /** What was last said to be in force, and why not all of it. */
  #confirmed: { wish: Wish; refused: string | undefined } | undefined;
  readonly #jobs = new OneAtATime();
  readonly #health = new TargetHealth(() => void this.#jobs.run(() => this.#followHealth()).catch(logFailure));
  readonly #checks: HealthChecks;
  readonly #settings = new OwnSettings();
  readonly #retries: RetryProxy;
  readonly #desired: Desired;

  private constructor(
    private readonly dir: string,
    private readonly engine: ForeignEngine,
    private readonly runDir: string,
  ) {
    this.#desired = new Desired(dir);
    this.#retries = new RetryProxy(dir, this.#health);
    this.#checks = new HealthChecks(this.#health, dir);
  }

  /**
   * @param fds sockets that listen already, in the order of the configuration's ports
   * @throws {Error} when there is no such program, it refuses the configuration, or doesn't come up
   */
  static async start(
    dir: string,
    name: ForeignName,
    make: (fds: readonly number[]) => Promise<ForeignEngine>,
    fds: readonly number[],
  ): Promise<ForeignRunner> {
    const runDir = runDirOf(dir, name, process.pid);
    const runner = new ForeignRunner(dir, await make(fds), runDir);
    await rm(runDir, { recursive: true, force: true });
    await mkdir(join(runDir, 'temp'), { recursive: true, mode: 0o700 });
    // The paths of the configuration are relative: a socket's may have 107 bytes at most, and any character may stand
    // in the folder's.
    process.chdir(runDir);
    try {
      await runner.#jobs.run(() => runner.#follow(true));
    } catch (error) {
      await runner.stop();
      throw error;
    }
    const failed = (error: Error): void => console.error(`watching ${dir}: ${error.message}`);
    const unwatch = await watchFiles(dir, () => runner.#jobs.run(() => runner.#follow(false)), failed);
    const endWatch = runner.engine.watchFailures(({ service, placement, target }) =>
      runner.#checks.failed(service, placement, target, 'it gave no answer to a request'),
    );
    const tidying = setInterval(() => void runner.#tidy().catch(failed), tidyMs);
    runner.#end = async () => {
      clearInterval(tidying);
      await unwatch();
      endWatch();
    };
    void endLeftovers(dir, false, leaveMs(runner.#inForce?.state)).catch(failed);
    return runner;
  }

  /** Lets requests finish and ends the engine. @param slowly another engine serves on the same sockets already */
  async stop(slowly = false): Promise<void> {
    this.#stopping = true;
    await this.#end();
    await this.#process?.quit(slowly ? leaveMs(this.#inForce?.state) : shutdownMs());
    this.#checks.stop();
    await this.engine.close?.();
    await this.#retries.close();
    process.chdir(this.dir);
    await rm(this.runDir, { recursive: true, force: true });
  }

  #end: () => Promise<void> = async () => undefined;

  async #follow(first: boolean): Promise<void> {
    const read = await this.#desired.read();
    const { state, idle } = this.#settings.of(read, this.#inForce?.state);
    if (idle) return;
    const wish = { ...read, state };
    let refused: string | undefined;
    try {
      await this.#bringAbout(wish.state);
    } catch (error) {
      if (first) throw error;
      refused = (error as Error).message;
      console.error(refused);
    }
    await this.#confirm(wish, refused);
  }

  async #bringAbout(state: RouterState): Promise<void> {
    const next = await this.engine.render(state);
    await this.#retries.listen(state);
    for (const route of state.routes) await this.engine.setWeights(route, this.#health);
    if (this.#inForce?.version !== next.version) {
      await this.engine.check(next.text);
      await rename(`${this.engine.conf}.draft`, this.engine.conf);
      try {
        await this.#use(next);
      } catch (error) {
        if (this.#inForce) await writeFile(this.engine.conf, this.#inForce.text, { mode: 0o600 });
        throw error;
      }
    }
    this.#inForce = { ...next, state };
    this.#checks.use(state);
  }

  async #use(next: Rendered): Promise<void> {
    if (this.#process) return this.#process.reload(next.version);
    const started = await this.engine.start(next.version);
    this.#process = started;
    void started.ended.then((how) => this.#restart(started, how));
  }

  /** The sockets stay open meanwhile, so requests wait and are not refused. */
  async #restart(lost: ForeignProcess, how: string): Promise<void> {
    if (this.#stopping) return;
    console.error(`${how}; it is started again`);
    lost.letGo();
    const version = this.#inForce?.version ?? '';
    for (;;) {
      try {
        this.#process = undefined;
        await this.#use({ version, text: '' });
        return await this.#jobs.run(() => this.#follow(false));
      } catch (error) {
        console.error((error as Error).message);
        await delay(restartMs);
      }
      if (this.#stopping) return;
    }
  }

  /** Who takes requests; nothing is done where it is in force. */
  async #bringShares(): Promise<void> {
    for (const route of this.#inForce?.state.routes ?? []) await this.engine.setWeights(route, this.#health);
  }

  /** A target was taken out or put back. */
  async #followHealth(): Promise<void> {
    await this.#bringShares();
    if (this.#confirmed && !this.#stopping) await this.#confirm(this.#confirmed.wish, this.#confirmed.refused);
  }

  async #confirm(wish: Wish, refused: string | undefined): Promise<void> {
    this.#confirmed = { wish, refused };
    const { state, errors } = wish;
    const inForce = this.#inForce?.state ?? state;
    const late =
      refused === undefined
        ? []
        : state.routes.filter(
            (route) => !inForce.routes.some((each) => each.service === route.service && each.version === route.version),
          );
    const reasons = {
      ...errors,
      ...(refused !== undefined && { 'router.json': refused }),
      ...Object.fromEntries(late.map(({ service }) => [`${service}.json`, refused ?? ''])),
    };
    const pid = this.#process?.pid ?? 0;
    const applied: AppliedState = {
      protocol: PROTOCOL_VERSION,
      pid,
      start: startOf(pid),
      at: new Date().toISOString(),
      listen: inForce.listen,
      mark: inForce.mark,
      routes: Object.fromEntries(inForce.routes.map(({ service, version, fence }) => [service, { version, fence }])),
      errors: reasons,
      refused: Object.fromEntries(late.map(({ service, version }) => [service, version])),
      ...ejectedOf(this.#health.ejected()),
    };
    await writeJson(this.dir, appliedFile(this.dir), applied);
  }

  async #tidy(): Promise<void> {
    if (!this.#process) return;
    // A full disk may have stood in the way when a target was taken out.
    await this.#jobs.run(() => this.#bringShares());
    await this.engine.tidy(this.#process);
  }
}
