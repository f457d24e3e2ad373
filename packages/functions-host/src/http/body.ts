import type { IncomingMessage } from 'node:http';

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

export class BodyCutError extends Error {
  override readonly name = 'BodyCutError';
}

export interface BodyRules {
  /** bytes */
  limit: number;
  /** Azure drops chunked bodies in buffered mode; strict does so too, lenient reads them. */
  strictChunked: boolean;
}

/** Whether a request says that it has a body (specification 3.5). */
export function hasBody(headers: Record<string, string>): boolean {
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && headers['content-length'] !== '0')
  );
}

/**
 * The whole body, or undefined where there is none. Rejects with BodyTooLargeError, or BodyCutError when the client
 * went away.
 */
export async function readBody(req: IncomingMessage, rules: BodyRules): Promise<Buffer | undefined> {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length > rules.limit) throw new BodyTooLargeError();
  const chunked = req.headers['transfer-encoding'] !== undefined;
  if (length === 0 && !chunked) return undefined;
  const body = await allOf(req, rules.limit);
  return (chunked && rules.strictChunked) || body.length === 0 ? undefined : body;
}

function allOf(req: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(new BodyTooLargeError());
      }
    });
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    req.on('error', reject);
    req.on('close', () => reject(new BodyCutError('The client went away while it was sending its body.')));
  });
}

/**
 * What is left of a refused body is read and thrown away, so that the client, which may still be sending, gets the
 * answer; but not
 * for long.
 */
export function discardBody(req: IncomingMessage, forMs = 5000): void {
  const late = setTimeout(() => req.destroy(), forMs);
  late.unref();
  req
    .on('end', () => clearTimeout(late))
    .on('close', () => clearTimeout(late))
    .on('error', () => clearTimeout(late));
  req.resume();
}
