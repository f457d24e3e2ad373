import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recording } from './record-child.js';

const keptVariables = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot'];
const outputLimit = 4000;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type RecordingResult = Recording | { failed: 'deadline' | 'died'; output: string };

/**
 * Loads the app in a child process, in a process group of its own that is killed at the deadline: top-level code may
 * connect anywhere or never end. It is killed as well when this process is told to end.
 */
export async function recordApp(
  root: string,
  env: Record<string, string | undefined>,
  deadlineMs: number,
): Promise<RecordingResult> {
  const kept = Object.fromEntries(keptVariables.map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, [cliFile(), '--record-child', '--root', root], {
    cwd: root,
    env: { ...kept, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  // The child is in a group of its own, which no signal of a terminal reaches.
  const end = (signal: NodeJS.Signals): void => {
    killGroup(child);
    process.kill(process.pid, signal);
  };
  for (const signal of ENDING) process.once(signal, end);
  let output = '';
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-outputLimit));
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'deadline'>((resolve) => (timer = setTimeout(() => resolve('deadline'), deadlineMs)));
  const message = once(child, 'message').then(([text]) => JSON.parse(text as string) as Recording);
  const exit = once(child, 'exit').then(() => 'died' as const);
  try {
    const first = await Promise.race([message, exit, late]);
    return typeof first === 'string' ? { failed: first, output } : first;
  } finally {
    clearTimeout(timer);
    killGroup(child);
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** This very program: the bundle is one file; otherwise the compiled command line beside this folder. */
function cliFile(): string {
  const here = fileURLToPath(import.meta.url);
  return basename(here).endsWith('.cjs') ? here : join(dirname(here), '..', 'cli.js');
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
