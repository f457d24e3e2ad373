import type { LogLevel } from './contract.js';

export type ConsoleLine = (level: LogLevel, message: string) => void;

export interface CapturedConsole {
  /** Write as before: past the capture. */
  stdout: (text: string) => void;
  stderr: (text: string) => void;
}

/**
 * Turns what the app writes to standard output and error (`console.log` and the like) into log lines, as the platform
 * does with the
 * category
 * `Host.Function.Console` (specification 7): one line for each write, so that an object printed over several lines
 * stays in one piece.
 * Standard output is information; on standard error the words of the text decide, for libraries write all kinds of
 * things there. What a
 * library
 * writes to the file descriptors itself is not seen. Lasts until the process ends.
 */
export function captureConsole(line: ConsoleLine): CapturedConsole {
  const stdout = process.stdout.write.bind(process.stdout) as (text: string) => void;
  const stderr = process.stderr.write.bind(process.stderr) as (text: string) => void;
  capture(process.stdout, () => 'information', line);
  capture(process.stderr, levelOf, line);
  return { stdout, stderr };
}

function capture(stream: NodeJS.WriteStream, level: (text: string) => LogLevel, line: ConsoleLine): void {
  let pending = '';
  const emit = (text: string): void => {
    if (text.trim() !== '') line(level(text), text.replace(/\r?\n$/, ''));
  };
  stream.write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
    const text = pending + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    const end = text.lastIndexOf('\n') + 1;
    pending = text.slice(end);
    if (end > 0) emit(text.slice(0, end));
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  };
  process.on('exit', () => emit(pending));
}

function levelOf(text: string): LogLevel {
  if (/warn/i.test(text)) return 'warning';
  return /error|fail|severe|exception/i.test(text) ? 'error' : 'information';
}
