import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError } from '../body.js';
import type { MinorCollections } from './minor-collections.js';

/** What the library takes as the request that came to its own listener, and how to make it a plain stream again. */
export interface Upload {
  request: object;
  strip: () => void;
}

const carried = ['method', 'url', 'headers'] as const;

/**
 * The client's request as a byte stream that also has method, url and headers: from a Node request the library would
 * make such a
 * stream itself, by copying every piece. It becomes the body that the app sees, so the extra members go when the
 * library has read them.
 */
export function uploadOf(req: IncomingMessage, collections: MinorCollections, limit = Infinity): Upload {
  if (req.method === 'GET' || req.method === 'HEAD') return { request: req, strip: () => undefined };
  const pieces = req.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let size = 0;
  const stream = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      collections.count(value.length);
      size += value.length;
      if (size > limit)
        return controller.error(new BodyTooLargeError(`The request body is longer than ${limit} bytes.`));
      controller.enqueue(ownBytes(value));
    },
    async cancel() {
      await pieces.return?.();
    },
  });
  for (const name of carried) Object.defineProperty(stream, name, { value: req[name], configurable: true });
  return {
    request: stream,
    strip: () => {
      for (const name of carried) Reflect.deleteProperty(stream, name);
    },
  };
}

/** A byte stream takes the memory of what is put in, so that must not be shared. */
function ownBytes(piece: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = piece;
  return byteOffset === 0 && buffer.byteLength === length
    ? new Uint8Array(buffer as ArrayBuffer)
    : new Uint8Array(piece);
}
