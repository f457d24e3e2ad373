import { constants } from 'node:os';
import type { ClientChannel } from 'ssh2';
import type { SshLink } from './ssh-link.js';

interface Terminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
}

/**
 * Opens a login shell and joins it to a terminal; without a terminal it is a plain pipe.
 * Resolves with the exit code, 128 + n for a signal.
 */
export async function openShell(link: SshLink, terminal: Terminal): Promise<number> {
  const open = await link.open();
  const { stdin, stdout } = terminal;
  const window = () => ({ rows: stdout.rows ?? 24, cols: stdout.columns ?? 80 });
  const pty = stdin.isTTY ? { ...window(), width: 0, height: 0, term: process.env.TERM ?? 'xterm-256color' } : false;
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    open.client.shell(pty, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
  const resize = (): void => channel.setWindow(window().rows, window().cols, 0, 0);
  const wasRaw = stdin.isRaw ?? false;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdout.on('resize', resize);
  stdin.pipe(channel);
  channel.pipe(stdout, { end: false });
  channel.stderr.on('data', (chunk: Buffer) => stdout.write(chunk));
  try {
    return await exitCode(channel, () => link.lost(open, 'shell'));
  } finally {
    stdin.unpipe(channel);
    stdin.pause();
    stdout.off('resize', resize);
    if (stdin.isTTY) stdin.setRawMode(wasRaw);
  }
}

function exitCode(channel: ClientChannel, lost: () => Error): Promise<number> {
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    channel.on('exit', (status: number | null, signal?: string) => {
      code = status ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    });
    channel.on('error', reject);
    channel.on('close', () => (code === undefined ? reject(lost()) : resolve(code)));
  });
}
