import { open } from 'node:fs/promises';
import type { FailureReport } from '../foreign/engine.js';

/** Where nginx says which target gave no answer, relative to its folder; one line for each request. */
export const failureLog = 'failed.log';

const lookMs = 100;
const maxBytes = 1 << 20;

/** Reads what nginx appends to its log of failures, from its present end on. @returns ends it */
export function followFailureLog(file: string, report: (failure: FailureReport) => void): () => void {
  let position: number | undefined;
  let running = false;
  const look = async (): Promise<void> => {
    const handle = await open(file, 'r+').catch(() => undefined); // nginx makes it
    if (!handle) return;
    try {
      const { size } = await handle.stat();
      position = position === undefined || size < position ? (position === undefined ? size : 0) : position;
      if (size === position) return;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - position), 0, size - position, position);
      const text = buffer.toString('utf8', 0, bytesRead);
      const end = text.lastIndexOf('\n') + 1;
      position += Buffer.byteLength(text.slice(0, end));
      for (const line of text.slice(0, end).split('\n')) if (line !== '') report(JSON.parse(line) as FailureReport);
      // nginx appends, so what it writes next goes to the new end.
      if (position > maxBytes) await handle.truncate(0);
    } finally {
      await handle.close();
    }
  };
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void look()
      .catch((error: Error) => console.error(`${file}: ${error.message}`))
      .finally(() => {
        running = false;
      });
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
