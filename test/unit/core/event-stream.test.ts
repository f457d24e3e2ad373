import { expect, test } from 'vitest';
import { eventStream } from '../../../src/core/event-stream.js';

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of events) found.push(each);
  return found;
}

test('all that was told comes in its order, also what was told before somebody asked', async () => {
  const told = eventStream<number>(async (tell) => {
    tell(0);
    tell(1);
    await Promise.resolve();
    tell(2);
  });
  expect(await all(told)).toEqual([0, 1, 2]);
});

test('what the work raises comes after what it told', async () => {
  const found: number[] = [];
  const reading = (async () => {
    for await (const each of eventStream<number>(async (tell) => {
      tell(1);
      throw new Error('the link is gone');
    }))
      found.push(each);
  })();
  await expect(reading).rejects.toThrow('the link is gone');
  expect(found).toEqual([1]);
});

test('there is room only once all that was told is taken', async () => {
  let kept = 0;
  let most = 0;
  const told = eventStream<number>(async (tell, room) => {
    for (let at = 0; at < 100; at += 1) {
      tell(at);
      most = Math.max(most, (kept += 1));
      await room();
    }
  });
  for await (const _each of told) {
    await new Promise((resolve) => setImmediate(resolve));
    kept -= 1;
  }
  expect(most).toBe(1);
});

test('a reader that leaves ends the work', async () => {
  let left: AbortSignal | undefined;
  for await (const _each of eventStream<number>(async (tell, _room, signal) => {
    left = signal;
    tell(1);
    await new Promise(() => undefined);
  }))
    break;
  expect(left?.aborted).toBe(true);
});
