/**
 * A bounds-checked cursor over received bytes. Every wire format is read through it, so no decoder can run past the
 * end of what arrived: it throws `ProtocolError` `truncated` instead. Integers are big-endian (protocol.md "Primitives").
 * `bytes` gives views, not copies: copy what must outlive the message.
 */
import { ProtocolError } from '../errors.ts';

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A u64 that fits a JavaScript number; larger ones are `malformed`. */
  u64(): number {
    const high = this.u32();
    const low = this.u32();
    const value = high * 2 ** 32 + low;
    if (value > Number.MAX_SAFE_INTEGER) throw new ProtocolError('malformed', 'u64 above 2^53');
    return value;
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A length-prefixed value, lv(x) = u16 length || x, of at most `maxBytes`. */
  lv(maxBytes = 0xffff): Uint8Array {
    const length = this.u16();
    if (length > maxBytes) throw new ProtocolError('oversize', `field of ${length} bytes, at most ${maxBytes}`);
    return this.bytes(length);
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** Refuses bytes after the last field. */
  end(): void {
    if (this.left > 0) throw new ProtocolError('trailing', `${this.left} bytes after the last field`);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.left) throw new ProtocolError('truncated', `${length} bytes wanted, ${this.left} left`);
    this.#at += length;
    return start;
  }
}
