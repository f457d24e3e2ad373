import { randomFillSync } from 'node:crypto';

/**
 * Random hexadecimal text, drawn from the system in larger pieces: one call for each id would cost as much as a small
 * function.
 */
export class Ids {
  readonly #pool = Buffer.allocUnsafe(4080);
  #at = this.#pool.length;

  /** `bytes` up to 1000. */
  hex(bytes: number): string {
    if (this.#at + bytes > this.#pool.length) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    const text = this.#pool.toString('hex', this.#at, this.#at + bytes);
    this.#pool.fill(0, this.#at, this.#at + bytes);
    this.#at += bytes;
    return text;
  }

  /** A random GUID (RFC 9562, version 4). */
  guid(): string {
    const hex = this.hex(16);
    const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!;
    const [version, rest] = [`4${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
    return [hex.slice(0, 8), hex.slice(8, 12), version, rest, hex.slice(20)].join('-');
  }
}
