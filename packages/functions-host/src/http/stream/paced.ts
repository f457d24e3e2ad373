import type { Flow } from './flow.js';

/**
 * The result with a body that waits for its client, where the body is a stream; else the result itself. An HttpResponse
 * keeps its
 * class: only
 * its `body` is put before the library's own.
 */
export function paced(result: unknown, flow: Flow): unknown {
  if (typeof result !== 'object' || result === null) return result;
  const { body } = result as { body?: unknown };
  if (typeof body !== 'object' || body === null) return result;
  const pieces =
    body instanceof ReadableStream
      ? piecesOf(body as ReadableStream<unknown>)
      : isAsyncIterable(body)
        ? copiesOf(body)
        : undefined;
  if (!pieces) return result;
  const stream = pacedStream(pieces, flow);
  const property = { value: stream, enumerable: true, configurable: true };
  return 'bodyUsed' in result
    ? Object.defineProperty(result, 'body', property)
    : (Object.create(result, { body: property }) as unknown);
}

const isAsyncIterable = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;

function pacedStream(pieces: AsyncIterator<unknown>, flow: Flow): ReadableStream<unknown> {
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        await flow.room();
        const { done, value } = await pieces.next();
        if (done) return controller.close();
        flow.produced(sizeOf(value));
        controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Pieces of a web stream are passed on as they are, as a Response does. */
const piecesOf = (stream: ReadableStream<unknown>): AsyncIterator<unknown> => stream.values() as AsyncIterator<unknown>;

/** Pieces of anything else are copied, as a Response does: their source may use its buffer again. */
async function* copiesOf(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    const copy = piece instanceof Uint8Array ? new Uint8Array(piece) : new Uint8Array(Buffer.from(piece as string));
    if (copy.length > 0) yield copy;
  }
}

function sizeOf(piece: unknown): number {
  if (typeof piece === 'string') return Buffer.byteLength(piece);
  return ArrayBuffer.isView(piece) || piece instanceof ArrayBuffer ? piece.byteLength : 0;
}
