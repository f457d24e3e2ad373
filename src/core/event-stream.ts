/**
 * The events that some work emits, as they come. Ends when the work does, and raises what it raises; a reader that
 * stops reading ends the work by the signal.
 * @param work `drained` resolves once all events were read, so that none are buffered for a slow reader; `cancelled` is
 * aborted when the reader stops
 */
export async function* eventStream<T>(
  work: (emit: (event: T) => void, drained: () => Promise<void>, cancelled: AbortSignal) => Promise<unknown>,
): AsyncGenerator<T, void, undefined> {
  const buffered: T[] = [];
  const waiting: (() => void)[] = [];
  const cancelled = new AbortController();
  let wake = (): void => undefined;
  let end: { error?: unknown } | undefined;
  const ended = (how: { error?: unknown }): void => {
    end = how;
    wake();
  };
  const emit = (event: T): void => {
    buffered.push(event);
    wake();
  };
  const drained = (): Promise<void> => new Promise((resolve) => void (waiting.push(resolve), wake()));
  work(emit, drained, cancelled.signal).then(
    () => ended({}),
    (error: unknown) => ended({ error }),
  );
  try {
    for (;;) {
      for (let next = buffered.shift(); next !== undefined; next = buffered.shift()) yield next;
      for (const go of waiting.splice(0)) go();
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    cancelled.abort();
  }
}
