/**
 * What some work tells, as it comes. Ends when the work does, and raises what it raises; a reader that leaves ends it
 * by the signal.
 * @param work `room` resolves once all that was told is taken, so that nothing is kept for a slow reader
 */
export async function* toldBy<T>(
  work: (tell: (event: T) => void, room: () => Promise<void>, left: AbortSignal) => Promise<unknown>,
): AsyncGenerator<T, void, undefined> {
  const told: T[] = [];
  const waiting: (() => void)[] = [];
  const left = new AbortController();
  let wake = (): void => undefined;
  let end: { error?: unknown } | undefined;
  const ended = (how: { error?: unknown }): void => {
    end = how;
    wake();
  };
  const tell = (event: T): void => {
    told.push(event);
    wake();
  };
  const room = (): Promise<void> => new Promise((resolve) => void (waiting.push(resolve), wake()));
  work(tell, room, left.signal).then(
    () => ended({}),
    (error: unknown) => ended({ error }),
  );
  try {
    for (;;) {
      for (let next = told.shift(); next !== undefined; next = told.shift()) yield next;
      for (const go of waiting.splice(0)) go();
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    left.abort();
  }
}
