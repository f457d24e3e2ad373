const flushAt = 64 * 1024;

/**
 * Collects lines and writes them together once per turn of the event loop, as a write per line costs more than an
 * invocation. An urgent line goes out at once, and what is left when the process ends is written then. `write` must be
 * synchronous for files and pipes, as `process.stderr.write` is.
 */
export function lineWriter(write: (text: string) => void): (line: string, urgent?: boolean) => void {
  let waiting = '';
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    write(text);
  };
  process.once('exit', flush);
  return (line, urgent = false) => {
    waiting += line;
    if (urgent || waiting.length >= flushAt) flush();
    else if (!scheduled) {
      scheduled = true;
      setImmediate(flush);
    }
  };
}
