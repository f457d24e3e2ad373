import { join } from 'node:path';
import { allBuckets } from '../foreign/buckets.js';
import type { FailureReport, ForeignEngine, Rendered } from '../foreign/engine.js';
import { logBytes, rotate, rotateAccessLog } from '../foreign/rotation.js';
import { findProgram, readSystem } from '../foreign/system.js';
import { engineDir, templatesDir } from '../layout.js';
import type { Route, RouterState } from '../state.js';
import type { HealthView } from '../targets/target-health.js';
import { failureLog, followFailureLog } from './failure-log.js';
import { NginxProcess } from './process.js';
import { render } from './render.js';
import { checkConf } from './run-dir.js';
import { readNginxTemplates } from './template.js';
import { Weights } from './weights.js';

/** nginx as an engine, in the working directory of this process. */
export class NginxEngine implements ForeignEngine<NginxProcess> {
  readonly conf = 'nginx.conf';
  readonly #weights = new Weights('weights');

  private constructor(
    private readonly dir: string,
    private readonly nginx: string,
    private readonly fds: readonly number[],
  ) {}

  /** @throws {Error} when this host has none */
  static async find(dir: string, fds: readonly number[] = []): Promise<NginxEngine> {
    return new NginxEngine(dir, await findProgram('nginx'), fds);
  }

  async render(state: RouterState): Promise<Rendered> {
    return render(await readNginxTemplates(templatesDir(this.dir)), state, await readSystem(this.nginx));
  }

  async setWeights(route: Route, health: HealthView): Promise<void> {
    for (const buckets of allBuckets(route, health)) await this.#weights.set(buckets);
  }

  watchFailures(report: (failure: FailureReport) => void): () => void {
    return followFailureLog(failureLog, report);
  }

  check(text: string): Promise<void> {
    return checkConf(this.nginx, '.', text);
  }

  start(version: string): Promise<NginxProcess> {
    return NginxProcess.start(this.nginx, this.fds, version);
  }

  async tidy(process: NginxProcess): Promise<void> {
    const access = await rotateAccessLog(this.dir);
    const errors = await rotate(join(engineDir(this.dir, 'nginx'), 'error.log'), logBytes / 4, 1);
    if (access || errors) process.reopenLogs();
  }
}
