import { execa } from 'execa';
import { PreconditionError } from '../../core/errors.js';
import { lastLines } from '../../core/lines.js';
import { ProviderError } from '../contracts/errors.js';
import type { ProviderIo } from '../contracts/provider-io.js';

/** How a docker command ended. */
export interface EngineResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The Docker engine, spoken to by the `docker` command: it knows contexts, credentials and remote engines. */
export class Engine {
  readonly #host: string | undefined;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #cgroupVersion?: Promise<string>;

  constructor(host: string | undefined, env: Readonly<Record<string, string | undefined>>) {
    this.#host = host;
    this.#env = env;
  }

  /** Runs a command of docker. A failing one is a result, one that cannot reach the engine is an error. */
  async run(args: readonly string[], io: ProviderIo & { timeoutMs?: number } = {}): Promise<EngineResult> {
    const { signal, progress, timeoutMs = 60_000 } = io;
    const child = execa('docker', [...(this.#host ? ['-H', this.#host] : []), ...args], {
      reject: false,
      stdin: 'ignore',
      timeout: timeoutMs,
      cancelSignal: signal,
      env: this.#env,
      extendEnv: false,
    });
    if (progress) void follow(child, progress);
    const result = await child;
    if (result.isCanceled) throw signal?.reason;
    if (result.code === 'ENOENT') {
      throw new PreconditionError('There is no docker command on this machine.', {
        code: 'NO_DOCKER',
        hint: 'Install Docker, or use hosts of the provider local.',
      });
    }
    if (result.timedOut) {
      throw new ProviderError(`docker ${args[0]} did not end within ${timeoutMs / 1000} s.`, {
        provider: 'docker',
        code: 'PROVIDER_DOWN',
      });
    }
    const { exitCode = 1, stdout, stderr } = result;
    if (exitCode !== 0) await this.#reachable(stderr, args);
    return { code: exitCode, stdout, stderr };
  }

  /** Standard output of a command that must succeed. @throws ProviderError with the last lines of what it said. */
  async must(args: readonly string[], io: ProviderIo & { timeoutMs?: number } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, io);
    if (code !== 0) throw failed(args, stderr);
    return stdout;
  }

  /** `1` or `2`. */
  cgroupVersion(): Promise<string> {
    return (this.#cgroupVersion ??= this.must(['info', '--format', '{{.CgroupVersion}}']).then((text) => text.trim()));
  }

  /**
   * A command that fails may have met no engine at all: the client says both with exit code 1, so the engine is asked
   * itself.
   */
  async #reachable(said: string, args: readonly string[]): Promise<void> {
    if (args[0] === 'version') return;
    const { code, stderr } = await this.run(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 15_000 });
    if (code === 0) return;
    throw new ProviderError('The Docker engine does not answer.', {
      provider: 'docker',
      code: 'PROVIDER_DOWN',
      hint: 'Start Docker, or see that you may use its socket: docker version',
      data: { said: lastLines(stderr || said, 5) },
    });
  }
}

/** A docker command that failed, with what it said. */
export function failed(args: readonly string[], stderr: string): ProviderError {
  return new ProviderError(`docker ${args[0]} failed: ${lastLines(stderr, 5) || 'it said nothing'}`, {
    provider: 'docker',
    code: 'PROVIDER',
  });
}

async function follow(child: AsyncIterable<unknown>, progress: (message: string) => void): Promise<void> {
  try {
    for await (const line of child) if (String(line).trim()) progress(String(line).trim());
  } catch {
    // The failure itself is told by the result of the command.
  }
}
