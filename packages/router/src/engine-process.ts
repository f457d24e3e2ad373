import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { shutdownMs } from './shutdown.js';
import type { EngineName } from './state.js';

const readyMs = 60_000;
/** Beyond the time in which an engine ends by itself. */
const lateMs = 2_000;

/** What the holder says to its engine: another one serves already. */
export const leaveMessage = 'leave';

/** An engine that runs as a child on sockets of its parent's. */
export class EngineProcess {
  /** Resolves when it has ended. */
  readonly ended: Promise<string>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit').then(([code, signal]) => `ended with ${String(signal ?? code)}`);
  }

  /** @throws {Error} with its reason when it does not get ready */
  static async start(program: string, dir: string, engine: EngineName, fds: number[]): Promise<EngineProcess> {
    const args = [
      program,
      engine === 'embedded' ? 'serve' : engine,
      '--dir',
      dir,
      '--fds',
      fds.map((_fd, index) => index + 3).join(','),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', ...fds, 'ipc'], cwd: dir });
    const running = new EngineProcess(child);
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => give(new Error(`the engine ${engine} did not get ready within ${readyMs / 1000} s`)),
        readyMs,
      );
      const give = (error?: Error): void => {
        clearTimeout(late);
        if (!error) return resolve();
        child.kill('SIGKILL');
        reject(error);
      };
      child.once('message', (message: unknown) =>
        give(message === 'ready' ? undefined : new Error((message as { error: string }).error)),
      );
      child.once('error', give);
      void running.ended.then((how) => give(new Error(`the engine ${engine} ${how}`)));
    });
    return running;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Another engine serves: it takes no more connections, and ends when the last of its own have. */
  leave(): void {
    if (this.child.connected) this.child.send(leaveMessage);
  }

  /** Lets requests finish, and resolves when it has ended. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.child.kill('SIGKILL'), shutdownMs() + lateMs);
    this.child.kill('SIGTERM');
    await this.ended;
    clearTimeout(late);
  }
}
