import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { cleanEnv, ROOT } from './cli.js';
import { until } from './until.js';

/*
 * Python's pty module is the same on Linux and macOS, which the `script` programs of the two are not, and it sets the window's size.
 * The terminal's end is reported as the exit code of the program, 128 + number for a signal.
 */
const RELAY = `
import fcntl, os, pty, select, struct, sys, termios
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(os.environ.pop('PTY_COLUMNS', '120')), 0, 0))
readers = [master, 0, 3]
while True:
    ready, _, _ = select.select(readers, [], [])
    if 0 in ready:
        data = os.read(0, 4096)
        if data:
            os.write(master, data)
        else:
            readers.remove(0)
    if 3 in ready:
        size = os.read(3, 64)
        if size:
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', *map(int, size.split()), 0, 0))
        else:
            readers.remove(3)
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

export interface Terminal {
  /** All that was shown so far, escape codes included. */
  raw(): string;
  /** The same without escape codes. */
  text(): string;
  /** Resolves when the text shows what fits, after the last such wait. */
  see(what: string | RegExp, ms?: number): Promise<void>;
  type(keys: string): void;
  resize(rows: number, columns: number): void;
  /** Closes the terminal under the program. */
  hangUp(): void;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
  /** Closes the terminal, which hangs up on the program. */
  end(): void;
}

export const KEYS = { enter: '\r', down: '\u001b[B', ctrlC: '\u0003' };

/** Text without cursor, colour and title codes. */
export const plainText = (text: string): string =>
  text
    .replaceAll(/\u001b\][^\u0007]*\u0007/g, '')
    .replaceAll(/\u001b[[(][0-9;?]*[A-Za-z]/g, '')
    .replaceAll('\r', '');

/** Why there is no pseudo-terminal here, undefined when there is. With FANOPS_NO_SKIP=1 the answer is an error instead. */
export function ptyMissing(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import pty, termios'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = 'skipped: python3, whose pty module makes the terminal, is not there';
    if (process.env.FANOPS_NO_SKIP === '1') throw new Error(reason);
    console.log(reason);
    return reason;
  }
}

export interface TerminalOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** A command line that the CLI's is appended to. */
  within?: string[];
  /** Default: 120. */
  columns?: number;
}

/** Runs the built CLI in a terminal of 40 rows. */
export function inTerminal(args: string[], { cwd, env = {}, within = [], columns = 120 }: TerminalOptions): Terminal {
  const child = spawn('python3', ['-c', RELAY, ...within, process.execPath, `${ROOT}bin/run.js`, ...args], {
    cwd,
    env: cleanEnv({ TERM: 'xterm-256color', PTY_COLUMNS: String(columns), ...env }),
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  }) as ChildProcessByStdio<Writable, Readable, null>;
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('The terminal has no pipes.');
  const size = child.stdio[3] as Writable;
  size.on('error', () => undefined); // The program may have ended.
  stdin.on('error', () => undefined); // The program may have ended.
  let raw = '';
  let seen = 0;
  let over = false;
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    raw += chunk;
  });
  const text = (): string => plainText(raw);
  return {
    text,
    raw: () => raw,
    type: (keys) => void stdin.write(keys),
    hangUp: () => void child.kill('SIGKILL'),
    resize: (rows, columns) => void size.write(`${rows} ${columns}`),
    async see(what, ms = 60_000) {
      try {
        await until(
          `${what} in the terminal`,
          () => {
            const rest = text().slice(seen);
            const at = typeof what === 'string' ? rest.indexOf(what) : rest.search(what);
            if (at < 0 && over) throw new Error(`${what} was never shown, and the program has ended`);
            if (at < 0) return false;
            seen += at + 1;
            return true;
          },
          ms,
        );
      } catch (error) {
        throw new Error(`${(error as Error).message}; it shows:\n${text().slice(-3000)}`, { cause: error });
      }
    },
    end: () => void child.kill('SIGKILL'),
    ended: once(child, 'close').then(([code]) => {
      over = true;
      return code as number | null;
    }),
  };
}
