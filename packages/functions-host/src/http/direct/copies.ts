/** Bytes that are kept for further copies. */
const KEPT = 32 << 20;
/** Below this, memory comes from Node's own pool. */
const SMALLEST = 64 << 10;
const LARGEST = 4 << 20;

/**
 * Copies of answers on their way, in memory that is used again: fresh memory of this size is mapped and unmapped each
 * time, which
 * costs more
 * than the copying.
 */
export class Copies {
  readonly #free = new Map<number, Buffer[]>();
  #kept = 0;

  /** `release` gives the memory back; without it the collector takes it. */
  of(bytes: Uint8Array): { copy: Buffer; release?: () => void } {
    if (bytes.length < SMALLEST || bytes.length > LARGEST) return { copy: Buffer.from(bytes) };
    const size = 2 ** Math.ceil(Math.log2(bytes.length));
    const slab = this.#take(size) ?? Buffer.allocUnsafeSlow(size);
    slab.set(bytes);
    return { copy: slab.subarray(0, bytes.length), release: () => this.#put(slab) };
  }

  #take(size: number): Buffer | undefined {
    const slab = this.#free.get(size)?.pop();
    if (slab) this.#kept -= size;
    return slab;
  }

  #put(slab: Buffer): void {
    if (this.#kept + slab.length > KEPT) return;
    this.#kept += slab.length;
    const list = this.#free.get(slab.length);
    if (list) list.push(slab);
    else this.#free.set(slab.length, [slab]);
  }
}
