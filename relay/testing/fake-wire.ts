import { decodeFromDesk, type FromDesk, isFromDesk } from '../../shared/wire/desk.ts';
import { decodeFromRelay, type FromRelay } from '../../shared/wire/relay.ts';
import type { Wire } from '../connection.ts';

/** A socket in memory: it takes all it is given, or, while `stuck`, keeps it as unsent bytes. */
export class FakeWire implements Wire {
  readonly frames: FromRelay[] = [];
  /** What the desk said, apart from the frames for members. */
  readonly answers: FromDesk[] = [];
  /** Everything, as it came. */
  readonly raw: Uint8Array[] = [];
  writes = 0;
  unsent = 0;
  pings = 0;
  isPaused = false;
  /** It reads nothing any more, as a client with a full window. */
  stuck = false;
  closedWith: number | 'destroyed' | undefined;

  write(pieces: readonly Buffer[], bytes: number): void {
    if (this.closedWith !== undefined) throw new Error('written to after its end');
    this.writes++;
    if (this.stuck) this.unsent += bytes;
    const sent = Buffer.concat(pieces as Buffer[]);
    if (sent.length !== bytes) throw new Error('pieces and bytes differ');
    for (let at = 0; at < sent.length; ) at = this.#read(sent, at);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  destroy(): void {
    this.closedWith ??= 'destroyed';
  }

  /** The frames since the last call. */
  taken(): FromRelay[] {
    this.raw.length = 0;
    this.answers.length = 0;
    return this.frames.splice(0);
  }

  /** Reads one unmasked, final frame, binary or empty ping, as a WebSocket client does; returns where the next one starts. */
  #read(sent: Buffer, at: number): number {
    if (sent[at] === 0x89 && sent[at + 1] === 0) {
      this.pings++;
      return at + 2;
    }
    const short = sent[at + 1] as number;
    if (sent[at] !== 0x82 || short > 126) throw new Error('not a whole binary frame');
    const start = at + (short === 126 ? 4 : 2);
    const end = start + (short === 126 ? sent.readUInt16BE(at + 2) : short);
    if (end > sent.length) throw new Error('length of the frame is wrong');
    const message = Uint8Array.from(sent.subarray(start, end));
    this.raw.push(message);
    if (isFromDesk(message)) this.answers.push(decodeFromDesk(message));
    else this.frames.push(decodeFromRelay(message));
    return end;
  }
}
