import { constants } from 'node:os';
import type { ClientChannel, PseudoTtyOptions } from 'ssh2';
import type { OpenLink } from './ssh-open-link.js';
import { isRefusal, Refused, type SshSession } from './ssh-session.js';

interface Terminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
}

/** Exit code of a session whose terminal went away. */
const HUNG_UP = 128 + constants.signals.SIGHUP;

/**
 * Opens a login shell and joins it to a terminal; without a terminal it is a plain pipe. The terminal is raw meanwhile,
 * so that Ctrl-C and its
 * like reach the host, and is as it was before at every end.
 * Resolves with the exit code, 128 + n for a signal.
 */
export function openShell(session: SshSession, terminal: Terminal): Promise<number> {
  return session.withChannel(async (link, slot) => {
    const { stdin, stdout } = terminal;
    const window = () => ({ rows: stdout.rows ?? 24, cols: stdout.columns ?? 80 });
    const pty = stdin.isTTY ? { ...window(), width: 0, height: 0, term: process.env.TERM ?? 'xterm-256color' } : false;
    const channel = await startShell(link, pty);
    slot.opened();
    channel.once('close', slot.release);
    const resize = (): void => channel.setWindow(window().rows, window().cols, 0, 0);
    const wasRaw = stdin.isRaw ?? false;
    const restore = (): void => {
      if (stdin.isTTY) stdin.setRawMode(wasRaw);
    };
    // A signal may end the process in the meantime; a terminal that stays raw is of no use to anybody.
    process.once('exit', restore);
    // A terminal that was closed ends the session, as a phone that is hung up.
    let hungUp = false;
    const hangUp = (): void => {
      hungUp = true;
      channel.close();
    };
    const ends = stdin.isTTY ? (['end', 'error', 'close'] as const) : [];
    for (const end of ends) stdin.once(end, hangUp);
    process.once('SIGHUP', hangUp);
    if (stdin.isTTY) stdin.setRawMode(true);
    stdout.on('resize', resize);
    stdin.pipe(channel);
    channel.pipe(stdout, { end: false });
    channel.stderr.on('data', (chunk: Buffer) => stdout.write(chunk));
    try {
      return await exitCode(channel, () => (hungUp ? HUNG_UP : session.link.lost(link, 'shell')));
    } finally {
      stdin.unpipe(channel);
      stdin.pause();
      for (const end of ends) stdin.off(end, hangUp);
      process.off('SIGHUP', hangUp);
      stdout.off('resize', resize);
      process.off('exit', restore);
      restore();
    }
  });
}

function startShell(link: OpenLink, pty: PseudoTtyOptions | false): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    link.client.shell(pty, (error, stream) =>
      error ? reject(isRefusal(error) ? new Refused(error) : error) : resolve(stream),
    );
  });
}

function exitCode(channel: ClientChannel, unknown: () => Error | number): Promise<number> {
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    channel.on('exit', (status: number | null, signal?: string) => {
      code = status ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    });
    channel.on('error', reject);
    channel.on('close', () => {
      const end = code ?? unknown();
      if (typeof end === 'number') resolve(end);
      else reject(end);
    });
  });
}
