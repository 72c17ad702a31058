import { decodeFromRelay, type FromRelay } from '../../shared/wire/relay.ts';
import type { Wire } from '../connection.ts';
import type { Parcel } from '../resume-queue.ts';

/** A socket in memory: it takes all it is given, or, while `stuck`, keeps it as unsent bytes. */
export class FakeWire implements Wire {
  readonly frames: FromRelay[] = [];
  writes = 0;
  unsent = 0;
  pings = 0;
  isPaused = false;
  /** It reads nothing any more, as a client with a full window. */
  stuck = false;
  closedWith: number | 'destroyed' | undefined;

  write(parcels: readonly Parcel[], bytes: number): void {
    if (this.closedWith !== undefined) throw new Error('written to after its end');
    this.writes++;
    if (this.stuck) this.unsent += bytes;
    for (const parcel of parcels) this.frames.push(decodeFromRelay(payloadOf(parcel)));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  ping(): void {
    this.pings++;
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  destroy(): void {
    this.closedWith ??= 'destroyed';
  }

  /** The frames since the last call. */
  taken(): FromRelay[] {
    return this.frames.splice(0);
  }
}

/** What a WebSocket client reads from one unmasked, final, binary frame. Throws for anything else. */
export function payloadOf(parcel: Uint8Array): Uint8Array {
  const [first, second = 0] = parcel;
  if (first !== 0x82 || second > 126) throw new Error('not one whole binary frame');
  const start = second === 126 ? 4 : 2;
  const length = second === 126 ? parcel[2]! * 256 + parcel[3]! : second;
  if (parcel.length !== start + length) throw new Error('length of the frame is wrong');
  return parcel.subarray(start);
}
