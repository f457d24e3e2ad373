import cluster from 'node:cluster';
import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { threadSource } from './thread.js';

/** What the thread may name when it has to end the process. */
interface Watched {
  /** Function names. */
  names: string[];
  /** Invocations under way, in the order of `names`. */
  running: Int32Array<SharedArrayBuffer>;
}

export interface Watchdog {
  /** Called once the functions are known. */
  watch(watched: Watched): void;
  stop(): Promise<void>;
}

const beatMs = 250;

/**
 * Ends this process with SIGKILL when its event loop did not turn for `limitMs`, after a log line on standard error
 * that
 * says why; the process manager starts it anew. Azure's host, which is a process of its own, does that at the function
 * timeout (specification 3.9). Off while a debugger is attached, since a breakpoint blocks as well.
 */
export function startWatchdog(limitMs: number): Watchdog | undefined {
  if (limitMs <= 0 || inspectorUrl() !== undefined) return undefined;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const beat = setInterval(() => Atomics.add(beats, 0, 1), beatMs);
  beat.unref();
  // in PM2's cluster mode standard error leads nowhere: PM2 writes the file itself, from the main thread
  const errorFile = cluster.isWorker ? process.env.pm_err_log_path : undefined;
  const worker = new Worker(threadSource, {
    eval: true,
    name: 'fanops-watchdog',
    execArgv: [],
    env: {},
    workerData: { beats, limitMs, tickMs: Math.min(1000, Math.ceil(limitMs / 4)), errorFile },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.unref();
  return {
    watch: (watched) => worker.postMessage(watched),
    stop: async () => {
      clearInterval(beat);
      await worker.terminate();
    },
  };
}
