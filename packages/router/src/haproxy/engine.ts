import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessLog } from '../access-log.js';
import type { FailureReport, ForeignEngine, Rendered } from '../foreign/engine.js';
import { findProgram, isAtLeast, readSystem } from '../foreign/system.js';
import { templatesDir } from '../layout.js';
import type { Route, RouterState } from '../state.js';
import type { HealthView } from '../targets/target-health.js';
import { checkConf } from './check.js';
import { failureIn } from './failure.js';
import { HaproxyProcess } from './process.js';
import { certificateFile, render } from './render.js';
import { readHaproxyTemplates } from './template.js';
import { Weights } from './weights.js';

/** HAProxy as an engine, in the working directory of this process. */
export class HaproxyEngine implements ForeignEngine<HaproxyProcess> {
  readonly conf = 'haproxy.cfg';
  readonly #weights = new Weights(async (map, lines) => this.#running?.setMap(map, lines));
  #running: HaproxyProcess | undefined;
  #log: AccessLog | undefined;
  #report: (failure: FailureReport) => void = () => undefined;
  /** Of the process with that number, as far as the log says so. */
  #dropped = { pid: 0, lines: 0 };

  private constructor(
    private readonly dir: string,
    private readonly haproxy: string,
    private readonly fds: readonly number[] | undefined,
  ) {}

  /** @throws {Error} when this host has none, or one that is too old */
  static async find(dir: string, fds?: readonly number[]): Promise<HaproxyEngine> {
    const haproxy = await findProgram('haproxy');
    const { version } = await readSystem(haproxy);
    if (!isAtLeast(version, [2, 6, 0]))
      throw new Error(`HAProxy 2.6 or newer is needed; this host has ${version.join('.')}`);
    return new HaproxyEngine(dir, haproxy, fds);
  }

  async render(state: RouterState): Promise<Rendered> {
    if (state.tls) {
      const [certificate, key] = await Promise.all(
        ['certificate.pem', 'key.pem'].map((name) => readFile(join(this.dir, 'tls', name), 'utf8')),
      );
      await writeFile(certificateFile, `${certificate?.trimEnd()}\n${key}`, { mode: 0o600 });
    }
    const ports = state.httpPort === undefined ? [0] : [0, 1];
    const binds = ports.map((index) => (this.fds ? `fd@${3 + index}` : `unix@check${index}.sock`));
    return render(await readHaproxyTemplates(templatesDir(this.dir)), state, await readSystem(this.haproxy), binds);
  }

  setWeights(route: Route, health: HealthView): Promise<void> {
    return this.#weights.set(route, health);
  }

  watchFailures(report: (failure: FailureReport) => void): () => void {
    this.#report = report;
    return () => {
      this.#report = () => undefined;
    };
  }

  check(text: string): Promise<void> {
    return checkConf(this.haproxy, '.', text, this.fds ?? []);
  }

  async start(version: string): Promise<HaproxyProcess> {
    this.#log ??= await AccessLog.open(this.dir);
    // A killed one leaves it.
    await rm(`${version}.sock`, { force: true });
    const log = this.#log;
    const logged = (line: string): void => {
      log.writeLine(line);
      const failure = failureIn(line);
      if (failure) this.#report(failure);
    };
    this.#running = await HaproxyProcess.start(this.haproxy, this.fds ?? [], version, logged);
    return this.#running;
  }

  async tidy(process: HaproxyProcess): Promise<void> {
    const { pid } = process;
    const before = this.#dropped.pid === pid ? this.#dropped.lines : 0;
    const lines = await process.dropped();
    if (!(lines > before)) return;
    this.#log?.lose(lines - before);
    this.#dropped = { pid, lines };
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }
}
