import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { constants } from 'node:os';
import type { PseudoTtyInfo, ServerChannel, Session } from 'ssh2';
import type { HostPaths } from '../paths.js';
import { ChannelWriter } from './channel-writer.js';
import { signalGroup, startProcess } from './processes.js';
import { hasTerminals, loginShell, onTerminal } from './terminal.js';

/** Serves one session of a client as OpenSSH does: one command or shell, with or without a terminal. */
export function serveSession(session: Session, paths: HostPaths, log: (line: string) => void): void {
  let pty: PseudoTtyInfo | undefined;
  let child: ChildProcessWithoutNullStreams | undefined;

  const start = (
    channel: ServerChannel | undefined,
    what: string,
    argv: [string, ...string[]],
    env: Record<string, string> = {},
  ): void => {
    if (!channel) return;
    child = startProcess(paths, argv, env);
    join(channel, child, what, pty !== undefined, log);
  };

  session.on('pty', (accept, reject, info) => {
    if (hasTerminals()) {
      pty = info;
      accept?.();
    } else reject?.();
  });
  session.on('env', (_accept, reject) => reject?.());
  session.on('window-change', (accept) => accept?.());
  session.on('signal', (accept, reject, info) => {
    const name = `SIG${info.name}` as NodeJS.Signals;
    if (!child || constants.signals[name] === undefined) {
      reject?.();
      return;
    }
    signalGroup(child, name);
    accept?.();
  });
  session.on('exec', (accept, _reject, info) => {
    const argv: [string, ...string[]] = pty ? onTerminal(info.command, pty) : ['/bin/sh', '-c', info.command];
    start(accept(), `exec ${JSON.stringify(info.command)}`, argv, termOf(pty));
  });
  session.on('shell', (accept) => {
    const shell = loginShell();
    start(accept(), 'shell', pty ? onTerminal(`exec ${shell} -l`, pty) : [shell, '-l'], termOf(pty));
  });
  // ssh2 takes the end of the input for the end of the session and then refuses signals, which OpenSSH does not.
  session.on('eof', () => ((session as unknown as { _ending: boolean })._ending = false));
}

function join(
  channel: ServerChannel,
  child: ChildProcessWithoutNullStreams,
  what: string,
  hasTerminal: boolean,
  log: (line: string) => void,
): void {
  const startedAt = Date.now();
  const writer = new ChannelWriter(channel);
  const copied = Promise.all([writer.copy(child.stdout, channel), writer.copy(child.stderr, channel.stderr)]);
  channel.on('error', (error: Error) => log(`channel: ${error.message}`));
  channel.pipe(child.stdin);
  // A command that does not read its input to the end: the rest is read and dropped, else the client would wait for
  // ever.
  child.stdin.on('error', () => discard(channel, child));
  child.stdin.on('close', () => discard(channel, child));
  // script(1) blocks SIGHUP; with its end the terminal closes, and the kernel hangs up on the command.
  if (hasTerminal) channel.once('close', () => signalGroup(child, 'SIGKILL'));
  const finish = async (code: number | null, signal: NodeJS.Signals | null): Promise<void> => {
    await copied;
    log(`${what} -> ${signal ?? code} in ${Date.now() - startedAt} ms`);
    if (signal) channel.exit(signal.slice(3), false, '');
    else channel.exit(code ?? 255);
    channel.end();
  };
  child.once('close', (code, signal) => void finish(code, signal));
  child.once('error', (error) => {
    log(`${what} -> cannot be started: ${error.message}`);
    channel.exit(127);
    channel.end();
  });
}

function discard(channel: ServerChannel, child: ChildProcessWithoutNullStreams): void {
  channel.unpipe(child.stdin);
  channel.resume();
}

function termOf(pty: PseudoTtyInfo | undefined): Record<string, string> {
  return pty ? { TERM: (pty as PseudoTtyInfo & { term?: string }).term || 'xterm-256color' } : {};
}
