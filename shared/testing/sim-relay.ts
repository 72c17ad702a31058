/**
 * A relay for the simulator: real wire frames, no sockets and no time of its own. It keeps the promises of protocol.md
 * "Relay" that members depend on (seats, grace, resume by count, GAP, AWAY, expiry) and checks JOIN's signature, so a member
 * that joins wrongly fails here too. Rooms, limits and back-pressure are the real relay's and tested there.
 */
import { concat, hex } from '../bytes.ts';
import type { Random } from '../ports.ts';
import { sha256, verify } from '../primitives.ts';
import {
  decodeToRelay,
  encodeFromRelay,
  type FromRelay,
  joinProof,
  type RelayErrorCode,
  relayErrors,
  relayVersion,
  type ToRelay,
  workDone,
} from '../wire/relay.ts';

export interface SimSocket {
  readonly id: number;
  send(bytes: Uint8Array): void;
  close(code: number): void;
}

interface Seat {
  /** Room id, hexadecimal. */
  readonly room: string;
  readonly inst: Uint8Array;
  socket: SimSocket | null;
  /** RECVs since the fresh join; the last ones are kept for a resume. */
  count: number;
  readonly kept: { readonly index: number; readonly bytes: Uint8Array }[];
  keptBytes: number;
  goneAt: number;
}

type Join = Extract<ToRelay, { type: 'join' }>;

const beatMs = 20_000;
const graceMs = 120_000;
const queueBytes = 256 * 1024;
/** Where pages of the simulator find the relay of this number. */
export const simOrigin = (index: number): string => `http://sim${index}.invalid`;

export class SimRelay {
  readonly seats = new Map<string, Seat>();
  readonly #random: Random;
  readonly #workBits: number;
  readonly #origin: string;
  readonly #nonces = new Map<number, Uint8Array>();
  readonly #joined = new Map<number, string>();
  /** Everything clients sent, where a test wants to look through it. */
  record: ((bytes: Uint8Array) => void) | undefined;
  /** A relay that lies: these two never hear of each other. */
  hides: ((one: string, other: string) => boolean) | undefined;
  endsAt = Number.POSITIVE_INFINITY;
  #beatAt = 0;

  constructor(random: Random, origin: string, workBits = 0) {
    this.#random = random;
    this.#origin = origin;
    this.#workBits = workBits;
  }

  opened(socket: SimSocket): void {
    this.#challenge(socket);
  }

  closed(socket: SimSocket, code: number, now: number): void {
    this.#nonces.delete(socket.id);
    const id = this.#joined.get(socket.id);
    this.#joined.delete(socket.id);
    const seat = id === undefined ? undefined : this.seats.get(id);
    if (seat === undefined || seat.socket?.id !== socket.id) return;
    seat.socket = null;
    seat.goneAt = now + graceMs;
    if (code === 1000) this.#remove(seat);
    else this.#tellOthers(seat, { type: 'away', inst: seat.inst });
  }

  /** Seats whose grace is over, and the end of the room. */
  tick(now: number): void {
    this.#beat(now);
    for (const seat of [...this.seats.values()]) if (seat.socket === null && now >= seat.goneAt) this.#remove(seat);
    if (now < this.endsAt) return;
    for (const seat of [...this.seats.values()]) if (seat.socket !== null) this.#refuse(seat.socket, relayErrors.expired);
    this.seats.clear();
  }

  received(socket: SimSocket, bytes: Uint8Array, now: number): void {
    this.record?.(bytes);
    const frame = decodeToRelay(bytes);
    const id = this.#joined.get(socket.id);
    if (frame.type === 'join') this.#join(socket, frame, now);
    else if (id === undefined) this.#refuse(socket, relayErrors.badFrame);
    else this.#forward(id, frame.dst, frame.frame);
  }

  #challenge(socket: SimSocket): void {
    const nonce = this.#random(32);
    this.#nonces.set(socket.id, nonce);
    socket.send(encodeFromRelay({ type: 'challenge', version: relayVersion, nonce, powBits: this.#workBits }));
  }

  #join(socket: SimSocket, join: Join, now: number): void {
    const nonce = this.#nonces.get(socket.id);
    const refusal = this.#refusal(nonce, join, now);
    if (refusal !== null || nonce === undefined) {
      this.#refuse(socket, refusal ?? relayErrors.unauthentic);
      return;
    }
    if (!workDone(sha256, this.#workBits, nonce, join.roomPub, join.inst, join.pow)) {
      socket.send(encodeFromRelay({ type: 'error', code: relayErrors.work, retryS: 0 }));
      this.#challenge(socket);
      return;
    }
    this.#nonces.delete(socket.id);
    const room = hex(join.roomPub);
    const id = `${room} ${hex(join.inst)}`;
    const kept = this.seats.get(id);
    if (kept?.socket) this.#refuse(kept.socket, relayErrors.taken);
    const seat: Seat = kept ?? { room, inst: join.inst.slice(), socket, count: 0, kept: [], keptBytes: 0, goneAt: 0 };
    seat.socket = socket;
    this.seats.set(id, seat);
    this.#joined.set(socket.id, id);
    const members = this.#others(seat).map(({ inst }) => inst);
    const remainingS = this.endsAt === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil((this.endsAt - now) / 1000));
    socket.send(encodeFromRelay({ type: 'joined', resumed: kept !== undefined, remainingS, members, turn: null }));
    if (kept !== undefined) this.#replay(seat, join.lastRecv);
    for (const other of this.#others(seat)) if (other.socket === null) socket.send(encodeFromRelay({ type: 'away', inst: other.inst }));
    this.#tellOthers(seat, { type: 'came', inst: seat.inst });
  }

  #refusal(nonce: Uint8Array | undefined, join: Join, now: number): RelayErrorCode | null {
    if (nonce === undefined || !verify(join.roomPub, joinProof(this.#origin, nonce, join), join.sig)) return relayErrors.unauthentic;
    return now >= this.endsAt ? relayErrors.expired : null;
  }

  #replay(seat: Seat, lastRecv: number): void {
    const oldest = seat.kept[0]?.index ?? seat.count + 1;
    if (oldest > lastRecv + 1) seat.socket?.send(encodeFromRelay({ type: 'gap', lost: oldest - lastRecv - 1 }));
    for (const { index, bytes } of seat.kept) if (index > lastRecv) seat.socket?.send(bytes);
  }

  #forward(from: string, dst: Uint8Array, frame: Uint8Array): void {
    const sender = this.seats.get(from)!;
    const src = sender.inst;
    const all = dst.every((byte) => byte === 0);
    const bytes = encodeFromRelay({ type: 'received', src, frame });
    for (const seat of this.#others(sender)) if (all || hex(dst) === hex(seat.inst)) this.#deliver(seat, bytes);
  }

  #deliver(seat: Seat, bytes: Uint8Array): void {
    seat.kept.push({ index: ++seat.count, bytes });
    seat.keptBytes += bytes.length;
    while (seat.keptBytes > queueBytes) seat.keptBytes -= seat.kept.shift()!.bytes.length;
    seat.socket?.send(concat(bytes));
  }

  /** Everyone else in the room, but for whom this relay hides. */
  #others(seat: Seat): Seat[] {
    return [...this.seats.values()].filter(
      (other) => other !== seat && other.room === seat.room && !this.hides?.(hex(seat.inst), hex(other.inst)),
    );
  }

  #refuse(socket: SimSocket, code: RelayErrorCode): void {
    socket.send(encodeFromRelay({ type: 'error', code, retryS: 0 }));
    socket.close(4000 + code);
    this.#joined.delete(socket.id);
  }

  /** A GAP of nothing, so that members notice a socket that died without a word. */
  #beat(now: number): void {
    if (now < this.#beatAt) return;
    this.#beatAt = now + beatMs;
    for (const seat of this.seats.values()) seat.socket?.send(encodeFromRelay({ type: 'gap', lost: 0 }));
  }

  #remove(seat: Seat): void {
    this.seats.delete(`${seat.room} ${hex(seat.inst)}`);
    this.#tellOthers(seat, { type: 'left', inst: seat.inst });
  }

  #tellOthers(seat: Seat, frame: FromRelay): void {
    const bytes = encodeFromRelay(frame);
    for (const other of this.#others(seat)) other.socket?.send(bytes);
  }
}
