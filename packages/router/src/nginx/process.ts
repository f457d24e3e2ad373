import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ForeignProcess } from '../foreign/engine.js';
import { environment, groupIsThere, killGroup } from '../foreign/group.js';
import { lookUntil } from '../look-until.js';
import { reasonIn } from './run-dir.js';

const deadlineMs = 15_000;
/** Workers of the old configuration stop accepting 100 ms after those of the new one start. */
const settleMs = 250;
const errorLog = '../error.log';
const statusSocket = 'status.sock';

/** A running master with its workers, in the working directory of this process. */
export class NginxProcess implements ForeignProcess {
  /** Resolves when the master has ended. */
  readonly ended: Promise<string>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit').then(([code, signal]) => `nginx ended with ${String(signal ?? code)}`);
  }

  /**
   * Starts nginx on sockets that listen already, and waits until it answers with that version.
   * @throws {Error} with nginx's own line when it doesn't come up
   */
  static async start(nginx: string, fds: readonly number[], version: string): Promise<NginxProcess> {
    const from = await sizeOf(errorLog);
    // A killed master leaves it, and nginx would not start.
    await rm(statusSocket, { force: true });
    // nginx takes over the sockets that this variable names: its way to upgrade itself.
    const env = { ...environment(), NGINX: fds.map((_fd, index) => `${index + 3};`).join('') };
    // A group of its own, so that its workers are found when the master is killed.
    const child = spawn(nginx, ['-p', './', '-c', 'nginx.conf'], {
      env,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', ...fds],
    });
    await once(child, 'spawn');
    const running = new NginxProcess(child);
    try {
      await Promise.race([
        running.#inForce(version, from),
        running.ended.then(async (how) => {
          throw new Error(reasonIn(await textFrom(errorLog, from)) ?? how);
        }),
      ]);
    } catch (error) {
      running.kill('SIGKILL');
      throw error;
    }
    return running;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /**
   * Takes the configuration file up and returns when only workers of that version accept requests. That a reload could
   * be asked for
   * proves nothing: the master may refuse the file, and the old workers go on.
   * @throws {Error} with nginx's own line when the master refuses the file
   */
  async reload(version: string): Promise<void> {
    const from = await sizeOf(errorLog);
    this.child.kill('SIGHUP');
    await this.#inForce(version, from);
  }

  reopenLogs(): void {
    this.child.kill('SIGUSR1');
  }

  /** Lets requests finish, for that long at most, and resolves when no process is left. */
  async quit(withinMs: number): Promise<void> {
    this.kill('SIGQUIT');
    await lookUntil(() => (groupIsThere(this.pid) ? undefined : true), {
      withinMs,
      pauseMs: 30,
      late: () => void this.kill('SIGKILL'),
    });
  }

  /** Workers outlive a killed master and would go on with the old configuration. */
  letGo(): void {
    this.kill('SIGQUIT');
  }

  /** Reaches the workers also when the master is gone. */
  kill(signal: NodeJS.Signals): void {
    killGroup(this.pid, signal);
  }

  async #inForce(version: string, logFrom: number): Promise<void> {
    let since: number | undefined;
    let refused: string | undefined;
    const look = async (): Promise<true | undefined> => {
      refused = reasonIn(await textFrom(errorLog, logFrom));
      // nginx tries a taken port five times before it gives up, and says each time.
      if (refused !== undefined && refused.startsWith('still could not bind'))
        throw new Error(
          `nginx refuses the configuration: ${reasonBefore(await textFrom(errorLog, logFrom)) ?? refused}`,
        );
      const answered = await askVersion();
      if (answered !== version) since = undefined;
      else since ??= Date.now();
      return since !== undefined && Date.now() - since >= settleMs ? true : undefined;
    };
    const late = (): never => {
      throw new Error(
        `nginx did not take the configuration up within ${deadlineMs / 1000} s: ${refused ?? 'it gave no reason'}`,
      );
    };
    await lookUntil(look, { withinMs: deadlineMs, pauseMs: 25, late });
  }
}

const reasonBefore = (log: string): string | undefined =>
  reasonIn(
    log
      .split('\n')
      .filter((line) => !line.includes('still could not bind'))
      .join('\n'),
  );

/** The version that a worker answers with; undefined when none does. */
function askVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: statusSocket, path: '/version', agent: false, timeout: 1_000 }, (response) => {
      text(response).then(resolve, () => resolve(undefined));
    });
    asked
      .on('timeout', () => asked.destroy())
      .on('error', () => resolve(undefined))
      .end();
  });
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function textFrom(file: string, start: number): Promise<string> {
  return (await sizeOf(file)) <= start ? '' : text(createReadStream(file, { start }));
}
