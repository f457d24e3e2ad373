import type { Duplex } from 'node:stream';

/** RFC 4253, 4.2: other lines may come before the one that begins with `SSH-`. */
const IDENTIFICATION = /(^|\n)SSH-[^\n]*\n/;

/** Longer greetings are passed on as they are; ssh2 says then what is wrong with them. */
const LONGEST = 65_536;

/**
 * Hands the greeting of a server on in one piece. ssh2 1.17 drops what comes between the first and the last of three or
 * more pieces
 * (`parseHeader` keeps only the first), as with servers that speak slowly.
 * @returns a function that tells whether the server has said anything at all
 */
export function holdGreeting(stream: Duplex): () => boolean {
  let held: Buffer | undefined = Buffer.alloc(0);
  let heard = false;
  // What has come already, before anybody listened.
  const early = stream.read() as Buffer | null;
  const push = stream.push.bind(stream);
  const release = (): boolean => {
    const rest = held;
    held = undefined;
    stream.push = push;
    return rest && rest.length > 0 ? push(rest) : true;
  };
  stream.push = (chunk: Buffer | null) => {
    if (chunk === null || held === undefined) {
      release();
      return push(chunk);
    }
    heard = true;
    held = Buffer.concat([held, chunk]);
    return held.length > LONGEST || IDENTIFICATION.test(held.toString('latin1')) ? release() : true;
  };
  if (early) stream.push(early);
  return () => heard;
}
