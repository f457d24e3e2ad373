import { homedir } from 'node:os';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { RemoteError } from '../core/errors.js';
import { abortedError, deadlineError, idleError, inputError, outputError } from './command-errors.js';
import { shellScript } from './command-line.js';
import { DEFAULT_TIMEOUT_MS, type ExecOptions, type Execution, type Executor } from './executor.js';
import { getFile, putFile, putTar } from './files.js';
import { openLocalShell } from './local-shell.js';
import { openLocalTunnel } from './local-tunnel.js';
import { Output } from './output.js';
import { Sudo } from './sudo.js';
import type { Command, RunOptions, Transport, Tunnel } from './transport.js';

/** The transport to the machine that fanops runs on: the same commands by the same shell, without SSH. */
export function createLocalTransport(host = 'here'): Transport {
  const plain: Executor = (command, options) => execHere(host, command, options);
  const sudo = new Sudo(host, plain, undefined, true);
  const exec: Executor = (command, options) => (options?.sudo ? sudo.run(command, options) : plain(command, options));
  const tunnels = new Set<Tunnel>();
  return {
    host,
    run: async (command, options) => {
      const result = await exec(command, options);
      return { ...result, stdout: result.stdout.toString('utf8'), stderr: result.stderr.toString('utf8') };
    },
    putTar: (tar: Readable, directory, options) => putTar(exec, host, tar, directory, options),
    putFile: (content, path, mode) => putFile(exec, host, content, path, mode),
    getFile: (path) => getFile(exec, host, path),
    tunnel: async (port, address = '127.0.0.1') => {
      const tunnel = await openLocalTunnel(port, address);
      tunnels.add(tunnel);
      return tunnel;
    },
    shell: (terminal) => openLocalShell(host, terminal),
    close: async () => {
      await Promise.all([...tunnels].map((tunnel) => tunnel.close()));
    },
  };
}

/** Runs a command in a process group of its own, so that a deadline ends all of it. */
function execHere(host: string, command: Command, options: ExecOptions = {}): Promise<Execution> {
  const script = shellScript(command, options.stdin !== undefined);
  return new Promise<Execution>((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(abortedError(host, command));
      return;
    }
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const child = execa('sh', ['-c', script], {
      cwd: homedir(),
      detached: true,
      reject: false,
      buffer: false,
      encoding: 'buffer',
      ...inputOf(options.stdin),
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const giveUp = (error: Error): void => {
      release();
      endGroup(child.pid);
      reject(error);
    };
    const output = new Output(options.onLine, (...fault) => giveUp(outputError(host, command, ...fault)));
    const onAbort = (): void => giveUp(abortedError(host, command));
    const { idleTimeoutMs, sinks, filters } = options;
    const late = (): Error =>
      idleTimeoutMs === undefined
        ? deadlineError(host, command, timeoutMs, output.tail())
        : idleError(host, command, idleTimeoutMs, output.tail());
    const timer = setTimeout(() => giveUp(late()), idleTimeoutMs ?? timeoutMs);
    const touch = (): void => void (idleTimeoutMs !== undefined && timer.refresh());
    const release = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (typeof options.stdin === 'object' && 'once' in options.stdin) {
      options.stdin.once('error', (error: Error) => giveUp(inputError(host, command, error)));
    }
    const read = (['stdout', 'stderr'] as const).map((name) => {
      const filter = filters?.[name];
      const source = child[name].on('data', touch);
      const stream = filter ? source.pipe(filter) : source;
      return sinks ? output.pass(name, stream, sinks[name]) : output.read(name, stream);
    });
    Promise.all([child, ...read]).then(([result]) => {
      release();
      if (result.exitCode === undefined && result.signal === undefined) {
        reject(
          new RemoteError(`No command can be started on ${host}: ${result.shortMessage}`, {
            host,
            cause: result.cause,
          }),
        );
        return;
      }
      const [stdout, stderr] = sinks
        ? [Buffer.alloc(0), Buffer.alloc(0)]
        : [output.bytes('stdout'), output.bytes('stderr')];
      resolve({ code: result.exitCode ?? null, signal: result.signal, stdout, stderr });
    }, reject);
  });
}

function inputOf(stdin: RunOptions['stdin']): { stdin: 'ignore' } | { input: string | Uint8Array | Readable } {
  return stdin === undefined ? { stdin: 'ignore' } : { input: stdin };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
