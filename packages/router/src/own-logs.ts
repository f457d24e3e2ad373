import { join } from 'node:path';
import { logBytes, rotateInPlace } from './foreign/rotation.js';
import { keptLogs } from './log-files.js';

const lookMs = 10_000;
const names = ['out.log', 'error.log'];

/**
 * Keeps what the router and its engines print, which PM2 appends to `logs/out.log` and `logs/error.log`, from growing
 * without end: a full log is rotated
 * as the access log is. `FANOPS_LOG_BYTES` and `FANOPS_LOG_LOOK_MS` are the size and the pause between two looks in
 * place of 64 MiB and 10 s.
 * @returns stops it
 */
export function keepOwnLogs(
  dir: string,
  { FANOPS_LOG_BYTES, FANOPS_LOG_LOOK_MS }: NodeJS.ProcessEnv = process.env,
): () => void {
  const bytes = Number(FANOPS_LOG_BYTES) || logBytes;
  let said = false;
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      for (const name of names) await rotateInPlace(join(dir, 'logs', name), bytes, keptLogs);
    } catch (error) {
      // Once: what it says goes into the log that cannot be rotated.
      if (!said) console.error(`a log cannot be rotated: ${String(error)}`);
      said = true;
    }
  };
  const timer = setInterval(
    () => {
      running ??= look().finally(() => {
        running = undefined;
      });
    },
    Number(FANOPS_LOG_LOOK_MS) || lookMs,
  );
  return () => clearInterval(timer);
}
