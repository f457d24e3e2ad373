export interface Bounds {
  /** Milliseconds until it is given up. */
  ms: number;
  signal?: AbortSignal;
  /** The error of a deadline that is over. */
  late: () => Error;
}

/**
 * What the work gives, unless the signal is aborted or the deadline comes first: work that does not obey is left to
 * itself then.
 * @param work is given a signal that is aborted in both cases
 * @throws the reason of the signal, or the error of the deadline
 */
export async function within<T>(work: (signal: AbortSignal) => Promise<T>, { ms, signal, late }: Bounds): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const end = (reason: unknown): void => {
      reject(reason as Error);
      own.abort(reason);
    };
    timer = setTimeout(() => end(late()), ms);
    stop = () => end(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
  });
  // What comes after the end is nobody's any more.
  ended.catch(() => undefined);
  try {
    const result = work(own.signal);
    result.catch(() => undefined);
    return await Promise.race([result, ended]);
  } finally {
    clearTimeout(timer);
    if (stop) signal?.removeEventListener('abort', stop);
  }
}
