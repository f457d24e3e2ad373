// The Docker engine that test files share where none runs: the first file that needs one starts it in this folder, and it ends with the whole run.
// An engine for each file would make its images anew for each.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds that an engine has to end. */
const PATIENCE_MS = 30_000;

/** @returns {{ env: { FANOPS_TEST_ENGINE: string }, stop(): void }} the environment of the tests, and what ends the engine that they started */
export function sharedEngine() {
  const dir = mkdtempSync(join(tmpdir(), 'fanops-engine-'));
  return {
    env: { FANOPS_TEST_ENGINE: dir },
    stop: () => {
      const file = join(dir, 'pid');
      if (existsSync(file)) end(Number(readFileSync(file, 'utf8')));
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function end(pid) {
  const until = Date.now() + PATIENCE_MS;
  for (let signal = 'SIGTERM'; ; signal = Date.now() < until ? 0 : 'SIGKILL') {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code === 'ESRCH') return;
      throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}
