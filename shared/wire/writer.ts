/**
 * The other half of `Reader`: collects fields and joins them once. A value that does not fit its field is the
 * caller's bug and throws `RangeError`.
 */
import { concat } from '../bytes.ts';

export class Writer {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.#integer(value, 1);
  }

  u16(value: number): this {
    return this.#integer(value, 2);
  }

  u32(value: number): this {
    return this.#integer(value, 4);
  }

  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`u64: ${value} does not fit`);
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }

  bytes(value: Uint8Array): this {
    this.#parts.push(value);
    return this;
  }

  /** lv(x) = u16 length || x. */
  lv(value: Uint8Array): this {
    return this.u16(value.length).bytes(value);
  }

  finish(): Uint8Array {
    return concat(...this.#parts);
  }

  #integer(value: number, length: 1 | 2 | 4): this {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * length)) throw new RangeError(`u${8 * length}: ${value} does not fit`);
    const field = new Uint8Array(length);
    for (let i = 0; i < length; i++) field[length - 1 - i] = (value / 2 ** (8 * i)) & 255;
    return this.bytes(field);
  }
}
