import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'minor' }) => void;

/** Bytes that may pass before garbage is collected. */
const EVERY = 4 << 20;

/**
 * Keeps memory flat while bodies stream. The bytes of a body are outside of the heap, whose collector lets a hundred
 * megabytes of
 * them gather before it looks; a collection of young objects takes about a millisecond and gives them back.
 */
export class MinorCollections {
  #collect?: Collect;
  #passed = 0;

  /** Tells of bytes that passed through. */
  count(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed < EVERY) return;
    this.#passed = 0;
    (this.#collect ??= collector())({ type: 'minor' });
  }
}

/** The engine's own function, without making it a global that the app would see. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
